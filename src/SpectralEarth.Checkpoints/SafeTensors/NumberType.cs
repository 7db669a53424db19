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
    internal static ScalarType? Parse(string name) => Known.FirstOrDefault(known => known.Name == name) is { Name: not null } found ? found.Type : null;

    /// <summary>Bytes of one number.</summary>
    /// <inheritdoc cref="Name" path="/exception"/>
    internal static int Bytes(ScalarType type) => Of(type).Bytes;

    /// <summary>Name of a type.</summary>
    /// <exception cref="NotSupportedException">The format has no such type.</exception>
    internal static string Name(ScalarType type) => Of(type).Name;

    private static (string Name, ScalarType Type, int Bytes) Of(ScalarType type) => Known.FirstOrDefault(known => known.Type == type) is { Name: not null } found
        ? found
        : throw new NotSupportedException($"Tensors of type {type} cannot be written to safetensors; known types are {Names}.");
}
