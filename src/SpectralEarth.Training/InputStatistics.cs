using SpectralEarth.Shards;
using SpectralEarth.Spectra;

namespace SpectralEarth.Training;

/// <summary>Mean and standard deviation per channel that images are normalized with.</summary>
/// <param name="Mean">Means, digital numbers, C values.</param>
/// <param name="StandardDeviation">Standard deviations, digital numbers, C values, positive.</param>
public sealed record InputStatistics(IReadOnlyList<double> Mean, IReadOnlyList<double> StandardDeviation)
{
    /// <summary>The statistics that a recipe asks for, one per channel of <paramref name="data"/>.</summary>
    /// <exception cref="Recipes.RecipeException">The sensor is unknown, or nothing is published for one of its bands.</exception>
    public static InputStatistics Of(NormalizationSource source, DatasetManifest data) => source switch
    {
        NormalizationSource.Sensor => OfSensor(SensorCatalog.Load(data.Sensor).StatisticsOf(data.Bands)),
        // A band without any data has no spread; its pixels are set to 0 in any case.
        _ => new([.. data.Statistics.Select(channel => channel.Mean)],
            [.. data.Statistics.Select(channel => channel.StandardDeviation is > 0 and var deviation ? deviation : 1)]),
    };

    private static InputStatistics OfSensor(IReadOnlyList<BandStatistics> bands) =>
        new([.. bands.Select(band => band.Mean)], [.. bands.Select(band => band.StandardDeviation)]);
}
