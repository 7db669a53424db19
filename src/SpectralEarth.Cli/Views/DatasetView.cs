using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Metrics;
using static System.FormattableString;

namespace SpectralEarth.Cli.Views;

/// <summary>Figures of data sets as tables.</summary>
internal static class DatasetView
{
    /// <summary>Shows what a data set holds.</summary>
    internal static void Show(Terminal terminal, string title, DatasetSummary summary)
    {
        terminal.Result(title, Rows(summary));
        if (summary.Classes.Count > 0)
            terminal.Result("classes", ["code", "class", "labelled pixels"], summary.Classes.Select(item =>
                (string[])[ScoreText.Of(item.Code), item.Name, ScoreText.Of(item.Pixels)]));
    }

    /// <summary>Shows locations, a line each.</summary>
    internal static void Show(Terminal terminal, IReadOnlyList<DatasetLocation> locations)
    {
        foreach (var one in locations)
            terminal.Result(Invariant($"{one.LocationId}  {one.Longitude:0.0000} {one.Latitude:0.0000}  {string.Join(' ', one.Times.Select(time => Invariant($"{time:yyyy-MM-dd}")))}"));
    }

    /// <summary>Shows how a data set was divided.</summary>
    internal static void Show(Terminal terminal, IReadOnlyList<LabelClass> classes, SplitReport report)
    {
        terminal.Result("split", ["", "train", "validation", "test"],
        [
            Row("patches", part => part.Patches),
            Row("locations", part => part.Locations),
            Row("scenes", part => part.Scenes),
            .. classes.Select((item, index) => Row($"pixels of {item.Name}", part => part.ClassPixels[index])),
        ]);
        terminal.Say($"{report.SharedScenes} of {Amount.Of(report.Scenes, "scene")} {(report.SharedScenes == 1 ? "has" : "have")} patches in several parts; {Amount.Of(report.DroppedLocations, "location overlaps two parts and is in none", "locations overlap two parts and are in none")}");

        string[] Row(string name, Func<SplitPart, long> value) => [name, .. report.Parts.Select(part => ScoreText.Of(value(part)))];
    }

    private static IEnumerable<(string Name, string Value)> Rows(DatasetSummary summary)
    {
        yield return ("sensor", summary.Sensor);
        yield return ("bands", Invariant($"{summary.Channels} ({summary.Bands}), {summary.WavelengthRangeNm[0]:0.#} to {summary.WavelengthRangeNm[1]:0.#} nm"));
        yield return ("without any value", summary.EmptyBands.Length == 0 ? "no band" : $"bands {summary.EmptyBands}");
        yield return ("patches", Invariant($"{summary.Patches:N0} of {summary.PatchSize} x {summary.PatchSize} pixels, stride {summary.Stride}, {summary.PixelSizeM:0.##} m"));
        yield return ("locations", Invariant($"{summary.Locations:N0} ({Counts(summary.LocationsByDates, dates => dates == 1 ? "with 1 date" : $"with {dates} dates")})"));
        yield return ("scenes", ScoreText.Of(summary.Scenes));
        yield return ("acquired", Invariant($"{summary.FirstTime:yyyy-MM-dd HH:mm} to {summary.LastTime:yyyy-MM-dd HH:mm} UTC"));
        yield return ("bounds", Invariant($"{summary.Bounds[0]:0.000} to {summary.Bounds[2]:0.000}° E, {summary.Bounds[1]:0.000} to {summary.Bounds[3]:0.000}° N"));
        yield return ("projections", Counts(summary.PatchesByEpsg, epsg => $"in EPSG:{epsg}"));
        yield return ("arrangements", Counts(summary.PatchesByArrangement, name => name.Length == 0 ? "of the only one" : $"of {name}"));
        yield return ("labelled patches", ScoreText.Of(summary.LabelledPatches));
        yield return ("codec", summary.Codec);
        yield return ("size", Invariant($"{summary.RawBytes / 1e6:0.0} MB of pixels in {summary.StoredBytes / 1e6:0.0} MB, {Amount.Of(summary.Shards, "shard")}, ratio {summary.Ratio:0.00}"));
        if (summary.MeanRange.Count > 0)
            yield return ("reflectance", Invariant($"band means {summary.MeanRange[0]:0.000} to {summary.MeanRange[1]:0.000}, percentiles 1 to 99 {summary.PercentileRange[0]:0.000} to {summary.PercentileRange[1]:0.000}"));
        foreach (var (name, share) in summary.MeanFractions)
            yield return ($"mean {name.Replace('_', ' ')}", Invariant($"{100 * share:0.0} %"));
        yield return ("fingerprint", summary.Fingerprint);
    }

    private static string Counts<T>(IReadOnlyDictionary<T, int> counts, Func<T, string> name) =>
        string.Join(", ", counts.Select(pair => $"{ScoreText.Of(pair.Value)} {name(pair.Key)}"));
}
