using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints.SafeTensors;

/// <summary>Number types of the safetensors format that torch has too.</summary>
internal static class NumberType
{
    private static readonly (string Name, ScalarType Type, int Bytes)[] Known =
    [
        ("F64", ScalarType.Float64, 8), ("I64", ScalarType.Int64, 8),
        ("F32", ScalarType.Float32, 4), ("I32", ScalarType.Int32, 4),
        ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2), ("I16", ScalarType.Int16, 2),
        ("I8", ScalarType.Int8, 1), ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    /// <summary>All names, for messages.</summary>
    internal static string Names => string.Join(", ", Known.Select(known => known.Name));

    /// <summary>Type with a name, or null.</summary>
    internal static ScalarType? Parse(string name)
    {
        foreach (var known in Known)
        {
            if (known.Name == name)
                return known.Type;
        }

        return null;
    }

    /// <summary>Bytes of one number.</summary>
    internal static int Bytes(ScalarType type) => Known.Single(known => known.Type == type).Bytes;

    /// <summary>Name of a type.</summary>
    /// <exception cref="NotSupportedException">The format has no such type.</exception>
    internal static string Name(ScalarType type)
    {
        foreach (var known in Known)
        {
            if (known.Type == type)
                return known.Name;
        }

        throw new NotSupportedException($"Tensors of type {type} cannot be written to safetensors; known types are {Names}.");
    }
}
