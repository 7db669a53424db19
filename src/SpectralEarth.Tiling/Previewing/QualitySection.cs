using System.Globalization;
using SpectralEarth.Reports;
using SpectralEarth.Shards;

namespace SpectralEarth.Tiling.Previewing;

/// <summary>Quality fractions, dates and labels.</summary>
internal static class QualitySection
{
    public static void AddTo(ReportPage page, Dataset dataset, DatasetSummary summary)
    {
        var catalog = dataset.Catalog;
        page.Heading("Quality").Table(["Fraction", "Mean", "Median", "Largest", "Patches above 0.1", "Patches above 0.5"],
        [
            .. PatchFractions.All.Select(fraction =>
            {
                var values = catalog.Select(fraction.Value).Order().ToArray();
                return (IReadOnlyList<string>)[fraction.Key.Replace('_', ' '), Share(values.Average()), Share(values[values.Length / 2]), Share(values[^1]),
                    Number(values.Count(value => value > 0.1)), Number(values.Count(value => value > 0.5))];
            }),
        ], "No-data and labelled: of all pixels of a patch. The others: of its usable pixels.");
        page.Figure(Charts.Bars("Mean fractions", "Share", [.. PatchFractions.All.Select(fraction => new ChartBar(fraction.Key.Replace('_', ' '), Math.Round(summary.MeanFractions[fraction.Key], 4)))]),
            "Mean quality fractions; numbers in the table above.");
        page.Heading("Dates").Figure(Charts.Bars("Patches by month of acquisition", "Patches",
            [.. catalog.GroupBy(patch => patch.Time.ToString("yyyy-MM", CultureInfo.InvariantCulture)).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => new ChartBar(group.Key, group.Count()))]),
            "Number of patches by month.");
        if (summary.Classes.Count > 0)
        {
            page.Heading("Labels").Figure(Charts.Bars("Labelled pixels", "Pixels",
                [.. summary.Classes.Zip(dataset.Manifest.Classes, (item, known) => new ChartBar(item.Name, item.Pixels, known.ToRgb()))]),
                "Labelled, valid pixels by class.", string.Create(CultureInfo.InvariantCulture, $"{summary.LabelledPatches:N0} patches have labels."));
        }
    }

    private static string Share(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
