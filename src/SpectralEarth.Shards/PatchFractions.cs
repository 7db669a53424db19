namespace SpectralEarth.Shards;

/// <summary>The quality fractions of the catalog by name, in the catalog's order.</summary>
public static class PatchFractions
{
    /// <summary>Name without "_fraction", and the value in a row.</summary>
    public static IReadOnlyList<KeyValuePair<string, Func<PatchInfo, double>>> All { get; } =
    [
        new("nodata", row => row.NoDataFraction),
        new("cloud", row => row.CloudFraction),
        new("cloud_shadow", row => row.CloudShadowFraction),
        new("haze", row => row.HazeFraction),
        new("cirrus", row => row.CirrusFraction),
        new("snow", row => row.SnowFraction),
        new("water", row => row.WaterFraction),
        new("labelled", row => row.LabelledFraction),
    ];
}
