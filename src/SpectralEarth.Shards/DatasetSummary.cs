using SpectralEarth.Shards.Statistics;
using SpectralEarth.Spectra;

namespace SpectralEarth.Shards;

/// <summary>What a data set holds, in figures.</summary>
public sealed record DatasetSummary
{
    /// <summary>Sensor name.</summary>
    public required string Sensor { get; init; }
    /// <summary>1-based band numbers as ranges, in channel order.</summary>
    public required string Bands { get; init; }
    /// <summary>Number of bands.</summary>
    public required int Channels { get; init; }
    /// <summary>Shortest and longest centre wavelength of the first scene, nm.</summary>
    public required IReadOnlyList<double> WavelengthRangeNm { get; init; }
    /// <summary>Side of a patch, pixels.</summary>
    public required int PatchSize { get; init; }
    /// <summary>Distance of neighbouring locations, pixels.</summary>
    public required int Stride { get; init; }
    /// <summary>Side of a pixel, m.</summary>
    public required double PixelSizeM { get; init; }
    /// <summary>Number of patches.</summary>
    public required int Patches { get; init; }
    /// <summary>Number of locations.</summary>
    public required int Locations { get; init; }
    /// <summary>Number of locations by number of dates.</summary>
    public required IReadOnlyDictionary<int, int> LocationsByDates { get; init; }
    /// <summary>Number of scenes with patches.</summary>
    public required int Scenes { get; init; }
    /// <summary>First acquisition, UTC.</summary>
    public required DateTime FirstTime { get; init; }
    /// <summary>Last acquisition, UTC.</summary>
    public required DateTime LastTime { get; init; }
    /// <summary>Number of patches by map projection.</summary>
    public required IReadOnlyDictionary<int, int> PatchesByEpsg { get; init; }
    /// <summary>Number of patches by channel arrangement of the sensor.</summary>
    public required IReadOnlyDictionary<string, int> PatchesByArrangement { get; init; }
    /// <summary>Bounds in degrees: west, south, east, north.</summary>
    public required IReadOnlyList<double> Bounds { get; init; }
    /// <summary>Classes with their labelled, valid pixels; empty without labels.</summary>
    public required IReadOnlyList<ClassPixels> Classes { get; init; }
    /// <summary>Patches with at least one label.</summary>
    public required int LabelledPatches { get; init; }
    /// <summary>Mean shares over the patches: no-data among all pixels, the others among usable ones.</summary>
    public required IReadOnlyDictionary<string, double> MeanFractions { get; init; }
    /// <summary>Codec of the pixels.</summary>
    public required string Codec { get; init; }
    /// <summary>Number of shards.</summary>
    public required int Shards { get; init; }
    /// <summary>Bytes of all pixels as int16.</summary>
    public required long RawBytes { get; init; }
    /// <summary>Bytes of the shards.</summary>
    public required long StoredBytes { get; init; }
    /// <summary>Raw over stored bytes.</summary>
    public double Ratio => (double)RawBytes / StoredBytes;
    /// <summary>Bands without a single value.</summary>
    public required string EmptyBands { get; init; }
    /// <summary>Smallest and largest channel mean, in the unit of the scale (reflectance).</summary>
    public required IReadOnlyList<double> MeanRange { get; init; }
    /// <summary>Smallest 1st and largest 99th percentile of the channels, in the unit of the scale.</summary>
    public required IReadOnlyList<double> PercentileRange { get; init; }
    /// <summary>Checksum over all patches.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Summarises an open data set; reads catalog and labels, no pixels.</summary>
    /// <param name="dataset">Data set.</param>
    /// <param name="progress">Told the share of patches whose labels were counted.</param>
    /// <exception cref="DatasetException">A shard is missing or cannot be read.</exception>
    public static DatasetSummary Of(Dataset dataset, IProgress<double>? progress = null)
    {
        var (manifest, catalog) = (dataset.Manifest, dataset.Catalog);
        var files = catalog.Select(info => info.Shard).Distinct().Select(name => new FileInfo(Path.Combine(dataset.Path, Dataset.ShardFolder, name))).ToArray();
        if (files.FirstOrDefault(file => !file.Exists) is { } missing)
            throw new DatasetException($"{missing.FullName}: the file is missing. Restore it or make the data set again.");
        var dates = catalog.GroupBy(info => info.LocationId).Select(location => location.DistinctBy(info => info.Date).Count()).ToArray();
        var counts = LabelCounts.Of(dataset, progress);
        var pixels = counts.Total(Enumerable.Range(0, counts.Patches));
        var filled = manifest.Statistics.Where(HasValues(manifest)).ToArray();
        return new DatasetSummary
        {
            Sensor = manifest.Sensor,
            Bands = BandNumbers.ToText(manifest.Bands),
            Channels = manifest.Bands.Count,
            WavelengthRangeNm = [manifest.WavelengthsNm.Min(), manifest.WavelengthsNm.Max()],
            PatchSize = manifest.PatchSize,
            Stride = manifest.Stride,
            PixelSizeM = manifest.PixelSizeM,
            Patches = catalog.Count,
            Locations = dates.Length,
            LocationsByDates = Counted(dates),
            Scenes = catalog.Select(info => info.SceneId).Distinct().Count(),
            FirstTime = catalog.Min(info => info.Time),
            LastTime = catalog.Max(info => info.Time),
            PatchesByEpsg = Counted(catalog.Select(info => info.Epsg)),
            PatchesByArrangement = Counted(catalog.Select(info => info.Arrangement)),
            Bounds = [Corner(corner => corner.Longitude).Min(), Corner(corner => corner.Latitude).Min(), Corner(corner => corner.Longitude).Max(), Corner(corner => corner.Latitude).Max()],
            Classes = [.. manifest.Classes.Select((item, index) => new ClassPixels(item.Code, item.Name, pixels[index]))],
            LabelledPatches = Enumerable.Range(0, counts.Patches).Count(patch => counts[patch].Any(count => count > 0)),
            MeanFractions = PatchFractions.All.ToDictionary(fraction => fraction.Key, fraction => catalog.Average(fraction.Value)),
            Codec = manifest.Codec,
            Shards = files.Length,
            RawBytes = sizeof(short) * (long)catalog.Count * manifest.Bands.Count * manifest.PatchSize * manifest.PatchSize,
            StoredBytes = files.Sum(file => file.Length),
            EmptyBands = BandNumbers.ToText(manifest.Bands.Where((_, channel) => !HasValues(manifest)(manifest.Statistics[channel]))),
            MeanRange = filled.Length == 0 ? [] : [manifest.Scale * filled.Min(one => one.Mean), manifest.Scale * filled.Max(one => one.Mean)],
            PercentileRange = filled.Length == 0 ? [] : [manifest.Scale * filled.Min(one => one.Percentiles[0]), manifest.Scale * filled.Max(one => one.Percentiles[^1])],
            Fingerprint = manifest.Fingerprint,
        };

        IEnumerable<double> Corner(Func<(double Longitude, double Latitude), double> side) => catalog.SelectMany(info => info.Footprint.Select(side));
    }

    private static Func<ChannelStatistics, bool> HasValues(DatasetManifest manifest) => one => one.Minimum != manifest.NoData;

    private static SortedDictionary<T, int> Counted<T>(IEnumerable<T> values) where T : notnull =>
        new(values.GroupBy(value => value).ToDictionary(group => group.Key, group => group.Count()));
}

/// <summary>A class and how often it was labelled.</summary>
/// <param name="Code">Code in the labels.</param>
/// <param name="Name">Name.</param>
/// <param name="Pixels">Labelled, valid pixels; overlapping patches and dates count again.</param>
public sealed record ClassPixels(int Code, string Name, long Pixels);
