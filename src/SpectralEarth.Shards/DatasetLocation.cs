namespace SpectralEarth.Shards;

/// <summary>A location of a data set with its dates.</summary>
/// <param name="LocationId">Id in the catalog.</param>
/// <param name="Longitude">Longitude of the centre, -180 to 180 degrees.</param>
/// <param name="Latitude">Latitude of the centre, degrees.</param>
/// <param name="Times">Times of its patches, UTC, ascending.</param>
public sealed record DatasetLocation(string LocationId, double Longitude, double Latitude, IReadOnlyList<DateTime> Times)
{
    /// <summary>All locations, in the order of the catalog.</summary>
    public static IEnumerable<DatasetLocation> Of(Dataset dataset) => dataset.Catalog.GroupBy(patch => patch.LocationId, StringComparer.Ordinal).Select(patches =>
    {
        var corners = patches.First().Footprint;
        return new DatasetLocation(patches.Key, Math.IEEERemainder(corners.Average(corner => corner.Longitude), 360), corners.Average(corner => corner.Latitude),
            [.. patches.Select(patch => patch.Time).Order()]);
    });
}
