using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints.PyTorch;

/// <summary>The numbers behind one or more tensors of a PyTorch file.</summary>
/// <param name="Key">Name in the file.</param>
/// <param name="Type">Number type.</param>
/// <param name="Count">Count of numbers.</param>
internal sealed record TorchStorage(string Key, ScalarType Type, long Count)
{
    /// <summary>Byte of the file where the numbers begin, once known.</summary>
    internal long? Offset { get; set; }
}

/// <summary>A tensor of a PyTorch file: a view of a storage.</summary>
/// <param name="Storage">Numbers.</param>
/// <param name="First">Index of the first number in the storage.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Strides">Numbers from one index to the next, per dimension.</param>
internal sealed record TorchTensor(TorchStorage Storage, long First, IReadOnlyList<long> Shape, IReadOnlyList<long> Strides)
{
    // A view may repeat numbers (stride 0), so that a small file could ask for any amount of memory.
    private const long MostRepeated = 1 << 22;

    /// <summary>Checks that all numbers lie in the storage.</summary>
    /// <exception cref="FormatException">They do not.</exception>
    internal TorchTensor Checked()
    {
        if (Shape.Count != Strides.Count || Shape.Count > 64 || Shape.Any(size => size < 0) || Strides.Any(stride => stride < 0) || First < 0)
            throw new FormatException($"a tensor has shape [{string.Join(", ", Shape)}], strides [{string.Join(", ", Strides)}] and offset {First}, which fit no storage");
        if (Shape.Contains(0))
            return this;
        UInt128 count = 1, last = (UInt128)First;
        for (var i = 0; i < Shape.Count; i++)
        {
            count = UInt128.Min(count * (ulong)Shape[i], ulong.MaxValue);
            last += (UInt128)(Shape[i] - 1) * (ulong)Strides[i];
        }

        if (last >= (UInt128)Storage.Count)
            throw new FormatException($"a tensor reaches number {last} of storage '{Storage.Key}', which has {Storage.Count}");
        if (count > (UInt128)Math.Max(Storage.Count, MostRepeated))
            throw new FormatException($"a tensor of shape [{string.Join(", ", Shape)}] repeats the {Storage.Count} numbers of storage '{Storage.Key}' to more than {MostRepeated}");
        return this;
    }

    /// <summary>True if the numbers lie in C order without gaps.</summary>
    internal bool IsContiguous()
    {
        var expected = 1L;
        for (var i = Shape.Count - 1; i >= 0; i--)
        {
            if (Shape[i] != 1 && Strides[i] != expected)
                return Shape.Contains(0);
            expected *= Shape[i];
        }

        return true;
    }
}
