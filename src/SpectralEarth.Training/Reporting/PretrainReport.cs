using System.Globalization;
using SpectralEarth.Recipes;
using SpectralEarth.Reports;
using SpectralEarth.Spectra;

namespace SpectralEarth.Training.Reporting;

/// <summary>The page that shows how a pretraining run went.</summary>
internal static class PretrainReport
{
    /// <summary>Most points of a curve; longer runs show means over equal spans of steps.</summary>
    private const int MostPoints = 600;

    /// <summary>Writes the page.</summary>
    /// <param name="path">report.html.</param>
    /// <param name="facts">Names and values for the head of the page.</param>
    /// <param name="rows">Rows of metrics.csv.</param>
    /// <param name="reconstructions">Examples.</param>
    /// <param name="wavelengthsNm">Wavelengths of the channels, nm.</param>
    /// <param name="scale">Reflectance per digital number.</param>
    /// <param name="recipe">Recipe of the run.</param>
    public static void Write(string path, IReadOnlyList<(string Name, string Value)> facts, IReadOnlyList<StepReport> rows,
        IReadOnlyList<Reconstruction> reconstructions, IReadOnlyList<double> wavelengthsNm, double scale, PretrainRecipe recipe)
    {
        var page = new ReportPage("Pretraining").Facts(facts).Heading("Course of the run");
        if (rows.Count == 0)
            page.Paragraph("No step has been done yet.");
        else
            AddCurves(page, rows);

        page.Heading("Reconstructions");
        page.Paragraph("Hidden tokens are predicted from the visible ones; predictions of normalized targets are shown with the true token's mean and contrast.");
        foreach (var reconstruction in reconstructions)
            Add(page, reconstruction, wavelengthsNm, scale);
        page.Heading("Recipe").Verbatim(RecipeFile.ToYaml(recipe));
        page.Write(path);
    }

    private static void AddCurves(ReportPage page, IReadOnlyList<StepReport> rows)
    {
        AddCurve(page, rows, "Loss", "Mean squared error over hidden tokens", row => row.Loss);
        AddCurve(page, rows, "Learning rate", "Learning rate", row => row.LearningRate);
        AddCurve(page, rows, "Gradient norm before clipping", "Euclidean norm", row => row.GradientNorm);
        AddCurve(page, rows, "Throughput", "Patches per second", row => row.PatchesPerSecond);
        var skipped = rows.Count(row => !row.IsFinite);
        if (skipped > 0)
            page.Paragraph($"{skipped} logged steps were skipped because loss or gradient was not finite.");
    }

    private static void AddCurve(ReportPage page, IReadOnlyList<StepReport> rows, string title, string quantity, Func<StepReport, double> value)
    {
        var spans = rows.Where(row => row.IsFinite).Chunk(Math.Max(1, (rows.Count + MostPoints - 1) / MostPoints)).ToList();
        var series = new ChartSeries(title, [.. spans.Select(span => span.Average(row => (double)row.Step))], [.. spans.Select(span => span.Average(value))]);
        var last = rows[^1];
        page.Figure(Charts.Lines(title, "Step", quantity, [series]), string.Create(CultureInfo.InvariantCulture,
            $"{title} over {last.Step} steps; {value(last):g4} at the end."));
    }

    private static void Add(ReportPage page, Reconstruction reconstruction, IReadOnlyList<double> wavelengthsNm, double scale)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{reconstruction.Info.LocationId}, {reconstruction.Info.Time:yyyy-MM-dd}");
        page.Figure(reconstruction.Sheet(ColorWavelengths.Infrared), $"Patch {place}: true, visible part, completed.", $"{place}. Near infrared, red and green shown as red, green and blue.");
        if (reconstruction.HiddenSpectrum() is not var (row, column, truth, predicted))
            return;
        page.Figure(
            Charts.Spectra($"Hidden pixel, row {row}, column {column}", "Reflectance",
            [
                new ChartSeries("true", wavelengthsNm, [.. truth.Select(number => number * scale)]),
                new ChartSeries("predicted", wavelengthsNm, [.. predicted.Select(number => number * scale)]),
            ]),
            $"True and predicted reflectance over wavelength of a hidden pixel of patch {place}.");
    }
}
