using System.Globalization;
using SpectralEarth.Randomness;
using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using static System.FormattableString;

namespace SpectralEarth.Tiling.Previewing;

/// <summary>A page that shows what a data set holds: pictures, map, spectra, histograms, quality.</summary>
public static class DatasetPreview
{
    private const int BrightestMedians = 3;

    /// <summary>Writes the page, one HTML file that needs nothing else; makes its folder if need be.</summary>
    /// <param name="dataset">Data set.</param>
    /// <param name="path">File to write.</param>
    /// <param name="pictures">Most patches to show.</param>
    /// <param name="progress">Told the share of patches whose labels were counted.</param>
    /// <exception cref="DatasetException">A file of the data set is missing or damaged, or <paramref name="path"/> is one of them.</exception>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static void Write(Dataset dataset, string path, int pictures, IProgress<double>? progress = null)
    {
        dataset.RequireForeign(path);
        var summary = DatasetSummary.Of(dataset, progress);
        var page = new ReportPage($"Data set {Path.GetFileName(Path.TrimEndingDirectorySeparator(dataset.Path))}");
        page.Facts([.. Facts(summary)]);
        AddPictures(page, dataset, pictures);
        FootprintMap.AddTo(page, dataset.Catalog);
        SpectraSection.AddTo(page, dataset);
        QualitySection.AddTo(page, dataset, summary);
        page.Write(path);
    }

    private static IEnumerable<(string, string)> Facts(DatasetSummary summary)
    {
        yield return ("Patches", Invariant($"{summary.Patches:N0} of {summary.PatchSize} x {summary.PatchSize} pixels of {summary.PixelSizeM:0.##} m, {summary.Channels} bands of {summary.Sensor}"));
        yield return ("Locations", Invariant($"{summary.Locations:N0}, most dates of one: {summary.LocationsByDates.Keys.Max()}"));
        yield return ("Scenes", Invariant($"{summary.Scenes:N0}, {summary.FirstTime:yyyy-MM-dd} to {summary.LastTime:yyyy-MM-dd}"));
        yield return ("Size", Invariant($"{summary.RawBytes / 1e6:N1} MB of pixels in {summary.StoredBytes / 1e6:N1} MB ({summary.Codec}, ratio {summary.Ratio:0.00})"));
        yield return ("Fingerprint", summary.Fingerprint);
    }

    private static void AddPictures(ReportPage page, Dataset dataset, int pictures)
    {
        var catalog = dataset.Catalog;
        var count = Math.Min(pictures, catalog.Count);
        // One of each equal share of the catalog, which is sorted by place and date; a fixed step could meet one date only.
        var rows = Enumerable.Range(0, count).Select(number =>
        {
            var (first, end) = ((int)((long)number * catalog.Count / count), (int)((number + 1L) * catalog.Count / count));
            return first + new SeededRandom(1, "preview", number).NextInt(end - first);
        }).ToArray();
        var (colors, wavelengths) = (ColorWavelengths.Natural, dataset.Manifest.WavelengthsNm);
        int[] channels = [wavelengths.NearestChannel(colors.RedNm), wavelengths.NearestChannel(colors.GreenNm), wavelengths.NearestChannel(colors.BlueNm)];
        var statistics = channels.Select(channel => dataset.Manifest.Statistics[channel]).ToArray();
        // One white for the three bands keeps colours true; clouds would make the ground black if the 99th percentile were white.
        var white = statistics.Average(one => Math.Min(one.Percentiles[^1], BrightestMedians * (double)one.Percentiles[1]));
        var stretch = new ColorStretch([.. statistics.Select(one => (double)one.Percentiles[0])], [white, white, white]);
        page.Heading("Patches").Paragraph(Invariant(
            $"{count} of {catalog.Count:N0} patches, evenly over the catalog. Red, green and blue are the bands nearest to {colors.RedNm:0}, {colors.GreenNm:0} and {colors.BlueNm:0} nm ({string.Join(", ", channels.Select(channel => wavelengths[channel].ToString("0.0", CultureInfo.InvariantCulture)))} nm), all pictures alike: black is each band's 1st percentile, white a reflectance of {white * dataset.Manifest.Scale:0.000}, {BrightestMedians} times the median (the 99th percentile where that is less). Grey: not usable."));
        page.Gallery([.. rows.Select(row => Look(dataset, row, colors, stretch))]);
    }

    private static (Picture, string) Look(Dataset dataset, int row, ColorWavelengths colors, ColorStretch stretch)
    {
        var (patch, side) = (dataset.Read(row), dataset.Manifest.PatchSize);
        var picture = FalseColor.Render<short>(patch.Pixels, patch.Validity, side, dataset.Manifest.WavelengthsNm, colors, stretch);
        return (picture, Invariant($"{patch.Info.LocationId}, {patch.Info.Time:yyyy-MM-dd}"));
    }
}
