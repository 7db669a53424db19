using System.Globalization;
using SpectralEarth.Reports;
using SpectralEarth.Shards;

namespace SpectralEarth.Tiling.Previewing;

/// <summary>Where the locations lie and how many dates they have.</summary>
internal static class FootprintMap
{
    /// <summary>Locations with more dates are one kind.</summary>
    private const int MostDates = 5;

    public static void AddTo(ReportPage page, IReadOnlyList<PatchInfo> catalog)
    {
        var locations = new Dictionary<string, (IReadOnlyList<(double, double)> Footprint, int Dates)>(StringComparer.Ordinal);
        foreach (var patch in catalog)
            locations[patch.LocationId] = (patch.Footprint, locations.GetValueOrDefault(patch.LocationId).Dates + 1);
        MapAreas[] areas = [.. locations.Values.GroupBy(one => Math.Min(one.Dates, MostDates)).OrderBy(group => group.Key)
            .Select(group => new MapAreas(Name(group.Key), [.. group.Select(one => one.Footprint)]))];
        page.Heading("Map").Figure(
            Charts.Map("Footprints", areas),
            string.Create(CultureInfo.InvariantCulture, $"Map of {locations.Count} locations by number of dates."),
            "Longitude and latitude, WGS 84; catalog.parquet holds the footprints as GeoParquet.");
    }

    private static string Name(int dates) => dates switch
    {
        1 => "1 date",
        MostDates => $"{MostDates} dates or more",
        _ => $"{dates} dates",
    };
}
