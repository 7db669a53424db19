using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>Section of a report: mean spectra of pixels that were classified well and badly, class by class.</summary>
internal static class SpectraOfOutcomes
{
    private const int Most = 6;
    private static readonly Rgb Right = new(0x00, 0x9e, 0x73), Wrong = new(0xC0, 0x20, 0x20), Other = new(0x6b, 0x6b, 0x6b);

    /// <summary>Adds a chart for each of the classes with most pixels that were classified badly.</summary>
    /// <param name="page">Report.</param>
    /// <param name="spectra">Mean spectra.</param>
    /// <param name="matrix">Confusion matrix of the same pixels.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="manifest">Wavelengths and scale of the digital numbers.</param>
    public static void AddTo(ReportPage page, OutcomeSpectra spectra, ConfusionMatrix matrix, ClassTable classes, DatasetManifest manifest)
    {
        int[] shown = [.. Enumerable.Range(0, classes.Count).Where(label => spectra.Pixels(label, false) > 0)
            .OrderByDescending(label => spectra.Pixels(label, false)).Take(Most)];
        page.Heading("Spectra of pixels classified well and badly");
        page.Paragraph(shown.Length == 0
            ? "Every labelled pixel was classified well."
            : "Mean reflectance of labelled pixels: of those classified well, of those classified badly, and of the class that most of these were taken for.");
        foreach (var label in shown)
        {
            var taken = Enumerable.Range(0, classes.Count).Where(other => other != label).MaxBy(other => matrix[label, other]);
            ChartSeries?[] lines =
            [
                Line($"{classes[label].Name}, right", label, true, Right),
                Line($"{classes[label].Name}, wrong", label, false, Wrong),
                Line($"{classes[taken].Name}, right", taken, true, Other),
            ];
            page.Figure(Charts.Spectra(classes[label].Name, "Reflectance", [.. lines.OfType<ChartSeries>()]),
                $"Mean spectra of {classes[label].Name} classified well and badly, and of {classes[taken].Name}, for which it was taken most often.",
                $"{classes[label].Name}: {ScoreText.Of(spectra.Pixels(label, true))} pixels right, {ScoreText.Of(spectra.Pixels(label, false))} wrong, {ScoreText.Of(matrix[label, taken])} of these taken for {classes[taken].Name}.");
        }

        ChartSeries? Line(string name, int label, bool right, Rgb color) => spectra.Pixels(label, right) == 0
            ? null
            : new ChartSeries(name, manifest.WavelengthsNm, [.. spectra.Mean(label, right).Select(number => manifest.Scale * number)], color);
    }
}
