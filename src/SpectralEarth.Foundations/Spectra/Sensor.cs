using SpectralEarth.Recipes;

namespace SpectralEarth.Spectra;

/// <summary>A sensor with its band tables and published statistics, read from <c>datasets/&lt;sensor&gt;</c>.</summary>
public sealed class Sensor
{
    /// <summary>Name of the descriptor in a sensor's folder.</summary>
    public const string FileName = "sensor.yaml";

    private readonly IReadOnlyDictionary<int, BandStatistics> statistics;

    private Sensor(SensorDescriptor descriptor, IReadOnlyList<SensorArrangement> arrangements, IReadOnlyList<int> defaultBands,
        IReadOnlyDictionary<int, BandStatistics> statistics)
    {
        (Descriptor, Arrangements, DefaultBands, this.statistics) = (descriptor, arrangements, defaultBands, statistics);
    }

    /// <summary>Name, no-data, scale, pixel size and the other plain facts.</summary>
    public SensorDescriptor Descriptor { get; }

    /// <summary>Wavelength sets that the sensor's products come in; the first is the reference.</summary>
    public IReadOnlyList<SensorArrangement> Arrangements { get; }

    /// <summary>All bands of the delivered cube, in the reference arrangement.</summary>
    public BandTable Bands => Arrangements[0].Bands;

    /// <summary>Numbers of the bands kept by default, in channel order.</summary>
    public IReadOnlyList<int> DefaultBands { get; }

    /// <summary>Band numbers of an image of so many bands: the whole cube, the bands of the table or those kept by default; null for any other count.</summary>
    public IReadOnlyList<int>? NumbersOf(int imageBands)
    {
        if (imageBands == CubeBands)
            return [.. Enumerable.Range(1, imageBands)];
        return imageBands == DefaultBands.Count ? DefaultBands : imageBands == Bands.Count ? Bands.Numbers : null;
    }

    /// <summary>Bands of the delivered cube.</summary>
    public int CubeBands => Descriptor.CubeBands ?? Bands.Numbers.Max();

    /// <summary>The arrangement nearest to a scene's bands, or null if none is within the sensor's tolerance.</summary>
    public SensorArrangement? ArrangementOf(BandTable sceneBands)
    {
        var nearest = Arrangements.MinBy(arrangement => arrangement.LargestDifferenceNm(sceneBands))!;
        return nearest.LargestDifferenceNm(sceneBands) <= Descriptor.ToleranceNm ? nearest : null;
    }

    /// <summary>Centre wavelengths of some bands in an arrangement, nm; in the reference arrangement if there is none of that name.</summary>
    public IReadOnlyList<double> WavelengthsNm(string arrangement, IReadOnlyList<int> bandNumbers) =>
        (Arrangements.FirstOrDefault(known => known.Name == arrangement) ?? Arrangements[0]).Bands.Select(bandNumbers).WavelengthsNm;

    /// <summary>Published statistics of some bands, in the given order.</summary>
    /// <exception cref="RecipeException">There are none for a band, or none at all.</exception>
    public IReadOnlyList<BandStatistics> StatisticsOf(IEnumerable<int> bandNumbers)
    {
        if (statistics.Count == 0)
            throw new RecipeException($"No statistics are published for {Descriptor.Name}; use those of the data set (normalization: dataset).");
        return [.. bandNumbers.Select(number => statistics.TryGetValue(number, out var band) ? band : throw new RecipeException(
            $"No statistics are published for band {number} of {Descriptor.Name}, only for {BandNumbers.ToText(statistics.Keys)}; use those of the data set (normalization: dataset)."))];
    }

    /// <summary>Reads a sensor's folder.</summary>
    /// <exception cref="RecipeException">A file is missing or wrong; with file, line and key or column.</exception>
    public static Sensor Read(string folder)
    {
        var file = Path.Combine(folder, FileName);
        var descriptor = RecipeFile.Read<SensorDescriptor>(file);
        if (descriptor.Arrangements.Count == 0)
            throw new RecipeException($"{file}: 'arrangements' must name at least one set of wavelengths.");
        foreach (var (key, value) in new[] { ("scale", descriptor.Scale), ("pixel_size_m", descriptor.PixelSizeM) })
        {
            if (!(value > 0 && double.IsFinite(value)))
                throw new RecipeException(FormattableString.Invariant($"{file}: '{key}' is {value}; expected a finite number above 0."));
        }

        var bandFile = Path.Combine(folder, descriptor.BandTable);
        var table = CsvTable.Read(bandFile);
        var arrangements = descriptor.Arrangements
            .Select(arrangement => new SensorArrangement(arrangement.Name, ReadBands(table, arrangement, bandFile))).ToArray();
        var statistics = descriptor.Statistics is null ? [] : ReadStatistics(Path.Combine(folder, descriptor.Statistics));
        return new Sensor(descriptor, arrangements, DefaultNumbers(descriptor, arrangements[0].Bands, file), statistics);
    }

    private static BandTable ReadBands(CsvTable table, ArrangementDescriptor arrangement, string file)
    {
        var numbers = table.PositiveIntegers("band");
        var wavelengths = table.WavelengthsNm(arrangement.WavelengthColumn);
        var widths = arrangement.FwhmColumn is null ? null : table.PositiveNumbers(arrangement.FwhmColumn);
        try
        {
            return new BandTable(numbers.Select((number, row) => new Band(number, wavelengths[row], widths?[row] ?? double.NaN)));
        }
        catch (ArgumentException e)
        {
            throw new RecipeException($"{file}: {e.Message}", e);
        }
    }

    private static IReadOnlyList<int> DefaultNumbers(SensorDescriptor descriptor, BandTable bands, string file)
    {
        try
        {
            return bands.Select(BandNumbers.Parse(descriptor.DefaultBands)).Numbers;
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new RecipeException($"{file}: 'default_bands': {e.Message}", e);
        }
    }

    private static Dictionary<int, BandStatistics> ReadStatistics(string path)
    {
        var table = CsvTable.Read(path);
        var (means, deviations) = (table.PositiveNumbers("mean"), table.PositiveNumbers("standard_deviation"));
        var statistics = new Dictionary<int, BandStatistics>();
        foreach (var (number, row) in table.PositiveIntegers("band").Select((number, row) => (number, row)))
        {
            if (!statistics.TryAdd(number, new BandStatistics(number, means[row], deviations[row])))
                throw new RecipeException($"{path}: band {number} occurs twice.");
        }

        return statistics;
    }
}
