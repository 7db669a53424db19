using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SpectralEarth.Shards.Statistics;

/// <summary>How often each value of one channel occurs. Only the range of values that were seen takes memory.</summary>
internal sealed class ValueCounts
{
    /// <summary>Growth at either end, so that a channel seldom grows twice.</summary>
    private const int Margin = 1024;

    private long[] counts = [];
    /// <summary>Value of the first count.</summary>
    private int lowest;

    /// <summary>Adds the valid samples.</summary>
    /// <param name="samples">Digital numbers, [H, W].</param>
    /// <param name="validity">1 = count, 0 = leave out, [H, W].</param>
    public void Add(ReadOnlySpan<short> samples, ReadOnlySpan<byte> validity)
    {
        if (SampleRange.OfValid(samples, validity) is not { } range)
            return;
        Cover(range.Lowest, range.Highest);
        ref var first = ref MemoryMarshal.GetArrayDataReference(counts);
        for (var pixel = 0; pixel < samples.Length; pixel++)
        {
            // Invalid pixels add 0; their values may lie outside the range.
            var bin = (uint)(samples[pixel] - lowest);
            if (bin < (uint)counts.Length)
                Unsafe.Add(ref first, bin) += validity[pixel];
        }
    }

    /// <summary>Adds <paramref name="count"/> occurrences of a value.</summary>
    public void Add(short value, long count)
    {
        Cover(value, value);
        counts[value - lowest] += count;
    }

    /// <summary>Values with a count, ascending, and their counts.</summary>
    /// <param name="except">A value that is left out.</param>
    public (short Value, long Count)[] Used(short except)
    {
        var used = new (short, long)[counts.Length - counts.AsSpan().Count(0L) - (Of(except) == 0 ? 0 : 1)];
        var next = 0;
        for (var bin = 0; bin < counts.Length; bin++)
            if (counts[bin] != 0 && bin + lowest != except)
                used[next++] = ((short)(bin + lowest), counts[bin]);
        return used;
    }

    private long Of(short value) => (uint)(value - lowest) < (uint)counts.Length ? counts[value - lowest] : 0;

    private void Cover(int from, int to)
    {
        var (first, last) = counts.Length == 0 ? (from, to) : (lowest, lowest + counts.Length - 1);
        if (counts.Length > 0 && from >= first && to <= last)
            return;
        var grownFirst = Math.Max(short.MinValue, Math.Min(from - Margin, first));
        var grownLast = Math.Min(short.MaxValue, Math.Max(to + Margin, last));
        var grown = new long[grownLast - grownFirst + 1];
        counts.CopyTo(grown, first - grownFirst);
        (counts, lowest) = (grown, grownFirst);
    }
}
