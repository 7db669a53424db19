namespace SpectralEarth.Shards;

/// <summary>Statistics of one channel over the valid pixels, digital numbers.</summary>
public sealed record ChannelStatistics
{
    /// <summary>Mean.</summary>
    public required double Mean { get; init; }
    /// <summary>Standard deviation (n - 1).</summary>
    public required double StandardDeviation { get; init; }
    /// <summary>Smallest value.</summary>
    public required int Minimum { get; init; }
    /// <summary>Largest value.</summary>
    public required int Maximum { get; init; }
    /// <summary>1st, 50th and 99th percentile.</summary>
    public required IReadOnlyList<int> Percentiles { get; init; }

    /// <summary>True if two data sets have the same statistics in every channel.</summary>
    internal static bool AreEqual(IReadOnlyList<ChannelStatistics> one, IReadOnlyList<ChannelStatistics> other) =>
        one.Count == other.Count && one.Zip(other).All(pair =>
            pair.First.Percentiles.SequenceEqual(pair.Second.Percentiles) && pair.First with { Percentiles = pair.Second.Percentiles } == pair.Second);
}
