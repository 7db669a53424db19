using System.Globalization;
using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Statistics;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tiling.Previewing;

/// <summary>Mean spectrum, percentiles and histograms of all valid pixels.</summary>
internal static class SpectraSection
{
    private const int Bins = 100;

    /// <summary>Bands of the histograms: name, wavelength in nm and colour.</summary>
    private static readonly (string Name, double WavelengthNm, Rgb Color)[] Shown =
    [
        ("blue", 468, new Rgb(0x00, 0x72, 0xb2)),
        ("green", 556, new Rgb(0x00, 0x9e, 0x73)),
        ("red", 641, new Rgb(0xd5, 0x5e, 0x00)),
        ("near infrared", 865, new Rgb(0xcc, 0x79, 0xa7)),
        ("short-wave infrared", 1650, new Rgb(0xe6, 0x9f, 0x00)),
        ("short-wave infrared", 2200, new Rgb(0x6b, 0x6b, 0x6b)),
    ];

    public static void AddTo(ReportPage page, Dataset dataset)
    {
        var manifest = dataset.Manifest;
        page.Heading("Spectra").Figure(
            Charts.Spectra("Reflectance of all valid pixels", "Reflectance", [Line("99th percentile", one => one.Percentiles[2]), Line("mean", one => one.Mean), Line("median", one => one.Percentiles[1]), Line("1st percentile", one => one.Percentiles[0])]),
            "Mean, median, 1st and 99th percentile of the reflectance over wavelength.",
            "Lines are broken where bands are missing or have no value. Wavelengths are those of the first scene.");
        page.Figure(Charts.Lines("Histograms", "Reflectance", "Share of values per bin", Histograms(dataset)),
            "Histograms of some bands.", "Counted over all valid pixels; bins from the smallest 1st to the largest 99th percentile of these bands.");

        ChartSeries Line(string name, Func<ChannelStatistics, double> value) => new(name, manifest.WavelengthsNm,
            [.. manifest.Statistics.Select(one => one.Minimum == manifest.NoData ? double.NaN : manifest.Scale * value(one))]);
    }

    private static ChartSeries[] Histograms(Dataset dataset)
    {
        var (manifest, statistics) = (dataset.Manifest, dataset.ReadStatistics());
        var bands = Shown.Select(one => (Channel: manifest.WavelengthsNm.NearestChannel(one.WavelengthNm), one.Name, one.Color)).DistinctBy(one => one.Channel)
            .Where(one => manifest.Statistics[one.Channel].Minimum != manifest.NoData).ToArray();
        if (bands.Length == 0)
            return [];
        var low = bands.Min(one => manifest.Statistics[one.Channel].Percentiles[0]);
        var width = Math.Max(1, (bands.Max(one => manifest.Statistics[one.Channel].Percentiles[2]) - low) / (double)Bins);
        return [.. bands.Select(one => new ChartSeries(
            string.Create(CultureInfo.InvariantCulture, $"{one.Name}, {manifest.WavelengthsNm[one.Channel]:0} nm"),
            [.. Enumerable.Range(0, Bins).Select(bin => manifest.Scale * (low + ((bin + 0.5) * width)))],
            Shares(statistics, one.Channel, low, width), one.Color))];
    }

    private static double[] Shares(SpectralStatistics statistics, int channel, int low, double width)
    {
        var (bins, all) = (new double[Bins], 0L);
        foreach (var (value, count) in statistics.Counts(channel))
        {
            all += count;
            var bin = (int)Math.Floor((value - low) / width);
            if (bin is >= 0 and < Bins)
                bins[bin] += count;
        }

        return [.. bins.Select(count => count / all)];
    }
}
