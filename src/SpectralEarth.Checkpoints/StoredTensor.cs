using SpectralEarth.Checkpoints.SafeTensors;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints;

/// <summary>A tensor inside a file, not read yet. Who makes one has checked that it lies inside the file.</summary>
/// <param name="File">File that holds the numbers.</param>
/// <param name="Offset">Byte of the first number.</param>
/// <param name="Type">Number type, little endian.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Strides">Numbers from one index to the next in each dimension; null for C order.</param>
internal sealed record StoredTensor(MappedFile File, long Offset, ScalarType Type, IReadOnlyList<long> Shape, IReadOnlyList<long>? Strides = null)
{
    /// <summary>Count of numbers.</summary>
    internal long Count => Shape.Aggregate(1L, (count, size) => count * size);

    /// <summary>Copies the numbers into <paramref name="target"/>, of the same shape; other types and devices are converted.</summary>
    /// <exception cref="CheckpointException">A truth value is neither 0 nor 1.</exception>
    internal void CopyTo(Tensor target, string name)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        if (Strides is null && target.dtype == Type && target.device_type == TorchSharp.DeviceType.CPU && target.is_contiguous())
            Fill(target, name);
        else
            target.copy_(Strides is null ? Filled([.. Shape], name) : FromStrides(name));
    }

    private Tensor FromStrides(string name)
    {
        var span = Count == 0 ? 0 : 1 + Shape.Zip(Strides!, (size, stride) => (size - 1) * stride).Sum();
        return Filled([span], name).as_strided([.. Shape], [.. Strides!]);
    }

    private Tensor Filled(long[] shape, string name)
    {
        var tensor = empty(shape, Type);
        Fill(tensor, name);
        return tensor;
    }

    private void Fill(Tensor tensor, string name)
    {
        var source = Offset;
        TensorBytes.ForEachPart(tensor, part =>
        {
            File.CopyTo(source, part);
            source += part.Length;
            if (Type == ScalarType.Bool && part.ContainsAnyExcept((byte)0, (byte)1))
                throw new CheckpointException($"{File.Path}: tensor \"{name}\" has a truth value that is neither 0 nor 1. Write the file again.");
        });
    }
}
