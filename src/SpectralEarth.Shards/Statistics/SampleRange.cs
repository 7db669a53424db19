using System.Numerics;

namespace SpectralEarth.Shards.Statistics;

/// <summary>Smallest and largest sample.</summary>
internal readonly record struct SampleRange(short Lowest, short Highest)
{
    /// <summary>Range of the samples whose pixels are valid; null if none is.</summary>
    /// <param name="samples">Digital numbers, [H, W].</param>
    /// <param name="validity">1 = valid, 0 = not, [H, W].</param>
    public static SampleRange? OfValid(ReadOnlySpan<short> samples, ReadOnlySpan<byte> validity)
    {
        var (low, high) = (new Vector<short>(short.MaxValue), new Vector<short>(short.MinValue));
        var pixel = 0;
        for (; pixel <= samples.Length - Vector<byte>.Count; pixel += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(validity[pixel..]), out var first, out var second);
            Include(samples[pixel..], first, ref low, ref high);
            Include(samples[(pixel + Vector<short>.Count)..], second, ref low, ref high);
        }

        var (lowest, highest) = (short.MaxValue, short.MinValue);
        for (var lane = 0; lane < Vector<short>.Count; lane++)
            (lowest, highest) = (Math.Min(lowest, low[lane]), Math.Max(highest, high[lane]));
        for (; pixel < samples.Length; pixel++)
            if (validity[pixel] != 0)
                (lowest, highest) = (Math.Min(lowest, samples[pixel]), Math.Max(highest, samples[pixel]));
        return lowest <= highest ? new SampleRange(lowest, highest) : null;
    }

    private static void Include(ReadOnlySpan<short> samples, Vector<ushort> validity, ref Vector<short> low, ref Vector<short> high)
    {
        var values = new Vector<short>(samples);
        var isInvalid = Vector.Equals(validity, Vector<ushort>.Zero).As<ushort, short>();
        low = Vector.Min(low, Vector.ConditionalSelect(isInvalid, new Vector<short>(short.MaxValue), values));
        high = Vector.Max(high, Vector.ConditionalSelect(isInvalid, new Vector<short>(short.MinValue), values));
    }
}
