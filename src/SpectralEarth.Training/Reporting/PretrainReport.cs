using System.Globalization;
using SpectralEarth.Recipes;
using SpectralEarth.Reports;
using SpectralEarth.Training.Runs;

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
    /// <param name="returns">Rows of returns.csv.</param>
    /// <param name="lossName">What the loss is.</param>
    /// <param name="illustrate">Adds what the network makes of some patches.</param>
    /// <param name="recipe">Recipe of the run.</param>
    public static void Write(string path, IReadOnlyList<(string Name, string Value)> facts, IReadOnlyList<StepReport> rows,
        IReadOnlyList<RunReturn> returns, string lossName, Action<ReportPage> illustrate, PretrainRecipe recipe)
    {
        var page = new ReportPage("Pretraining").Facts(facts).Heading("Course of the run");
        if (!rows.Any(row => row.IsFinite))
            page.Paragraph(rows.Count == 0 ? "No step has been done yet." : "No logged step had a finite loss and gradient.");
        else
            AddCurves(page, rows, returns, lossName);

        ReturnSection.AddTo(page, returns);
        illustrate(page);
        page.Heading("Recipe").Verbatim(RecipeFile.ToYaml(recipe));
        page.Write(path);
    }

    private static void AddCurves(ReportPage page, IReadOnlyList<StepReport> rows, IReadOnlyList<RunReturn> returns, string lossName)
    {
        AddCurve(page, rows, "Loss", lossName, row => row.Loss, [.. returns.Select(one => (double)one.ReturnedTo)], logarithmicIfWide: true);
        AddCurve(page, rows, "Learning rate", "Learning rate", row => row.LearningRate);
        AddCurve(page, rows, "Gradient norm before clipping", "Euclidean norm", row => row.GradientNorm, logarithmicIfWide: true);
        AddCurve(page, rows, "Throughput", "Patches per second", row => row.PatchesPerSecond);
        var skipped = rows.Count(row => !row.IsFinite);
        if (skipped > 0)
            page.Paragraph($"{skipped} logged steps were skipped because loss or gradient was not finite.");
    }

    private static void AddCurve(ReportPage page, IReadOnlyList<StepReport> rows, string title, string quantity, Func<StepReport, double> value,
        IReadOnlyList<double>? returns = null, bool logarithmicIfWide = false)
    {
        var spans = rows.Where(row => row.IsFinite).Chunk(Math.Max(1, (rows.Count + MostPoints - 1) / MostPoints)).ToList();
        var series = new ChartSeries(title, [.. spans.Select(span => span.Average(row => (double)row.Step))], [.. spans.Select(span => span.Average(value))]);
        var last = rows[^1];
        page.Figure(Charts.Lines(title, "Step", quantity, [series], returns, logarithmicIfWide), string.Create(CultureInfo.InvariantCulture,
            $"{title} over {last.Step} steps; {value(last):g4} at the end."),
            returns is { Count: > 0 } ? "Dashed: steps to which the run returned." : null);
    }
}
