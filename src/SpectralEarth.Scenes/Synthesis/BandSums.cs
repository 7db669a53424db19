namespace SpectralEarth.Scenes.Synthesis;

/// <summary>Sums of digital numbers per band; integers, so that the order of rows does not matter.</summary>
internal sealed class BandSums(int bands)
{
    private readonly Lock gate = new();
    private readonly long[] sums = new long[bands];
    private readonly long[] squares = new long[bands];
    private long count;

    /// <summary>Adds a pixel with data, [C].</summary>
    internal void Add(ReadOnlySpan<short> pixel)
    {
        count++;
        for (var band = 0; band < pixel.Length; band++)
        {
            sums[band] += pixel[band];
            squares[band] += pixel[band] * pixel[band];
        }
    }

    /// <summary>Adds the sums of other pixels. Thread-safe.</summary>
    internal void Merge(BandSums other)
    {
        lock (gate)
        {
            count += other.count;
            for (var band = 0; band < sums.Length; band++)
                (sums[band], squares[band]) = (sums[band] + other.sums[band], squares[band] + other.squares[band]);
        }
    }

    /// <summary>Mean and standard deviation of a band (0-based), reflectance.</summary>
    internal (double Mean, double Deviation) Of(int band)
    {
        var mean = sums[band] / (double)count;
        return (mean / 10_000, Math.Sqrt(Math.Max(0, (squares[band] / (double)count) - (mean * mean))) / 10_000);
    }
}
