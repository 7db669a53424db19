using SpectralEarth.Shards;

namespace SpectralEarth.Training;

/// <summary>Mean and standard deviation per channel that images are normalized with.</summary>
public static class InputStatistics
{
    /// <summary>The statistics that a recipe asks for, digital numbers, one per channel of <paramref name="data"/>.</summary>
    public static (IReadOnlyList<double> Mean, IReadOnlyList<double> StandardDeviation) Of(NormalizationSource source, DatasetManifest data) => source switch
    {
        // A band without any data has no spread; its pixels are set to 0 in any case.
        NormalizationSource.Dataset => ([.. data.Statistics.Select(channel => channel.Mean)],
            [.. data.Statistics.Select(channel => channel.StandardDeviation is > 0 and var deviation ? deviation : 1)]),
        _ => throw new NotSupportedException($"normalization {source}"),
    };
}
