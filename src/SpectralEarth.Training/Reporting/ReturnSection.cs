using System.Globalization;
using SpectralEarth.Reports;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Training.Reporting;

/// <summary>The part of a report that tells how often the run went wrong and returned to a checkpoint.</summary>
internal static class ReturnSection
{
    private static readonly string[] Columns = ["Went wrong at step", "Loss", "Gradient norm", "Reason", "Returned to step", "Batches left out so far"];

    /// <summary>Adds a table with a row for each return; nothing if there was none.</summary>
    public static void AddTo(ReportPage page, IReadOnlyList<RunReturn> returns)
    {
        if (returns.Count == 0)
            return;
        page.Heading("Returns to a checkpoint").Paragraph(
            $"The run went wrong and returned to a checkpoint {(returns.Count == 1 ? "once" : $"{returns.Count} times")}. " +
            "From there it went on with other batches; the curves show the steps as they were done last.");
        page.Table(Columns, [.. returns.Select(one => new[]
        {
            Text(one.Step), one.Loss.ToString("g4", CultureInfo.InvariantCulture), one.GradientNorm.ToString("g4", CultureInfo.InvariantCulture),
            one.Reason, Text(one.ReturnedTo), Text(one.SkippedSteps),
        })]);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
