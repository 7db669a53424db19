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

    /// <summary>Values with a count, ascending.</summary>
    public IEnumerable<(short Value, long Count)> Used()
    {
        for (var bin = 0; bin < counts.Length; bin++)
            if (counts[bin] != 0)
                yield return ((short)(bin + lowest), counts[bin]);
    }

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
