using System.Buffers;

namespace SpectralEarth.Shards.Format;

/// <summary>The bytes of one column for some patches of a shard: in one read where they lie side by side, else in one each.</summary>
internal ref struct ByteRange
{
    // Page headers lie between neighbours; a wider gap means other patches.
    private const int WidestGap = 4096;

    private readonly byte[] buffer;
    private readonly int[] starts;
    private readonly int[] lengths;

    /// <summary>Reads the bytes.</summary>
    /// <param name="patches">Catalog rows.</param>
    /// <param name="offset">Position of a patch's bytes in the file.</param>
    /// <param name="length">Number of a patch's bytes.</param>
    /// <param name="read">Fills memory from a position on, on behalf of a patch.</param>
    public ByteRange(ReadOnlySpan<PatchInfo> patches, Func<PatchInfo, long> offset, Func<PatchInfo, int> length, ReadBytes read)
    {
        (starts, lengths) = (new int[patches.Length], new int[patches.Length]);
        var total = 0;
        for (var number = 0; number < patches.Length; number++)
        {
            lengths[number] = length(patches[number]);
            var gap = number == 0 ? 0 : offset(patches[number]) - (offset(patches[number - 1]) + lengths[number - 1]);
            starts[number] = total + (gap is > 0 and <= WidestGap && lengths[number] > 0 ? (int)gap : 0);
            total = checked(starts[number] + lengths[number]);
        }

        buffer = ArrayPool<byte>.Shared.Rent(total);
        for (var first = 0; first < patches.Length;)
        {
            var last = first;
            while (last + 1 < patches.Length && offset(patches[last + 1]) - offset(patches[first]) == starts[last + 1] - starts[first])
                last++;
            read(patches[first], offset(patches[first]), buffer.AsSpan(starts[first]..(starts[last] + lengths[last])));
            first = last + 1;
        }
    }

    /// <summary>Bytes of a patch.</summary>
    public readonly Span<byte> this[int number] => buffer.AsSpan(starts[number], lengths[number]);

    /// <summary>Gives the memory back.</summary>
    public readonly void Dispose() => ArrayPool<byte>.Shared.Return(buffer);
}

/// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/> on; <paramref name="patch"/> is named if that fails.</summary>
internal delegate void ReadBytes(PatchInfo patch, long offset, Span<byte> destination);
