using System.Globalization;
using System.Text;
using SpectralEarth.Reports;
using SpectralEarth.Storage;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Benchmarking;

/// <summary>The scores of a benchmark: every cell, and mean and deviation over the seeds of each method.</summary>
public sealed class BenchmarkTable
{
    private const int ShownScores = 5;

    private readonly IReadOnlyList<CellReport> cells;

    /// <param name="cells">Reports in the order of the plan.</param>
    public BenchmarkTable(IReadOnlyList<CellReport> cells)
    {
        this.cells = cells;
        Rows = [.. cells.Where(cell => cell.Scores is not null).GroupBy(cell => (Task: cell.Cell.Task.Name, cell.Cell.Method))
            .SelectMany(group => group.SelectMany(cell => cell.Scores!.Values.Keys).Distinct().Select(score => Row(group.Key.Task, group.Key.Method, score, [.. group])))];
    }

    /// <summary>A row for each task, method and score.</summary>
    public IReadOnlyList<BenchmarkRow> Rows { get; }

    /// <summary>Writes cells.csv, table.csv and benchmark.html.</summary>
    /// <param name="folder">Folder; made where it is missing.</param>
    /// <param name="notes">What the page says of a task, by its name.</param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public void Write(string folder, IReadOnlyDictionary<string, string> notes)
    {
        Directory.CreateDirectory(folder);
        var scored = from cell in cells
                     let scores = cell.Scores
                     where scores is not null
                     from score in scores.Values
                     let interval = scores.Intervals.GetValueOrDefault(score.Key)
                     select (object?[])[cell.Cell.Task.Name, cell.Cell.Method, cell.Cell.Seed, score.Key, score.Value, interval?.Low, interval?.High];
        AtomicFile.WriteText(Path.Combine(folder, "cells.csv"), Csv("task,method,seed,score,value,low,high", scored));
        AtomicFile.WriteText(Path.Combine(folder, "table.csv"), Csv("task,method,score,mean,deviation,seeds,low,high",
            Rows.Select(row => (object?[])[row.Task, row.Method, row.Score, row.Mean, row.Deviation, row.Seeds, row.Low, row.High])));
        WritePage(Path.Combine(folder, "benchmark.html"), notes);
    }

    /// <summary>The table of a task: methods by number of seeds and the scores that models are compared by, mean and deviation.</summary>
    public (IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Lines) Of(string task)
    {
        var rows = Rows.Where(row => row.Task == task).ToArray();
        string[] scores = [.. cells.Where(cell => cell.Cell.Task.Name == task).SelectMany(cell => cell.Scores?.Summary ?? []).Distinct().Take(ShownScores)];
        return (["method", "seeds", .. scores.Select(score => score.Replace('_', ' '))], [.. rows.GroupBy(row => row.Method).Select(method => Line(method.Key, [.. method], scores))]);
    }

    private static IReadOnlyList<string> Line(string method, BenchmarkRow[] rows, string[] scores)
    {
        var seeds = rows.Max(row => row.Seeds);
        return [method, $"{seeds}", .. scores.Select(score => rows.FirstOrDefault(row => row.Score == score) is { } row
            ? row.Text + (row.Seeds < seeds ? $", {row.Seeds} of {seeds} seeds" : "")
            : "")];
    }

    private static BenchmarkRow Row(string task, string method, string score, CellReport[] cells)
    {
        double[] values = [.. cells.Select(cell => cell.Scores!.Values.TryGetValue(score, out var value) ? value : double.NaN).Where(double.IsFinite)];
        ScoreInterval[] intervals = [.. cells.Select(cell => cell.Scores!.Intervals.GetValueOrDefault(score)).OfType<ScoreInterval>()];
        var mean = values.Average();
        return new BenchmarkRow(task, method, score, mean,
            values.Length > 1 ? Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1)) : null, values.Length,
            intervals.Length > 0 ? intervals.Average(interval => interval.Low) : null, intervals.Length > 0 ? intervals.Average(interval => interval.High) : null);
    }

    private void WritePage(string path, IReadOnlyDictionary<string, string> notes)
    {
        var page = new ReportPage("Benchmark").Paragraph(
            "Mean and deviation (n - 1) over as many seeds as each method has finished; in brackets the 95 % interval over the test's patches (without a test: validation, no interval), its ends averaged over the seeds. cells.csv has every run, table.csv all scores.");
        foreach (var task in cells.GroupBy(cell => cell.Cell.Task.Name))
        {
            page.Heading(task.Key);
            foreach (var split in task.Select(cell => cell.Scores?.Split).OfType<string>().Distinct())
                page.Paragraph(char.ToUpperInvariant(split[0]) + split[1..] + ".");
            if (notes.TryGetValue(task.Key, out var note))
                page.Paragraph(note);
            var (header, lines) = Of(task.Key);
            if (lines.Count > 0)
                page.Table(header, lines);
        }

        var failed = cells.Where(cell => cell.Failure is not null).ToArray();
        if (failed.Length > 0)
            page.Heading("Failed").Table(["Run", "Reason"], [.. failed.Select(cell => (IReadOnlyList<string>)[cell.Cell.Folder, cell.Failure!])]);
        page.Write(path);
    }

    private static string Csv(string header, IEnumerable<object?[]> rows)
    {
        var text = new StringBuilder(header + "\n");
        foreach (var row in rows)
            text.AppendJoin(',', row.Select(cell => cell is string name ? CsvText.Quoted(name) : Convert.ToString(cell, CultureInfo.InvariantCulture))).Append('\n');
        return text.ToString();
    }
}

/// <summary>A score of a method on a task, over seeds.</summary>
/// <param name="Task">Task.</param>
/// <param name="Method">Method.</param>
/// <param name="Score">Score.</param>
/// <param name="Mean">Mean over seeds.</param>
/// <param name="Deviation">Standard deviation over seeds (n - 1); null with a single one.</param>
/// <param name="Seeds">Runs that have the score.</param>
/// <param name="Low">Mean lower end of the runs' confidence intervals; null without.</param>
/// <param name="High">Mean upper end.</param>
public sealed record BenchmarkRow(string Task, string Method, string Score, double Mean, double? Deviation, int Seeds, double? Low, double? High)
{
    /// <summary>For example "0.512 ± 0.020 (0.480 to 0.541)".</summary>
    public string Text => ScoreText.Of(Mean) + (Deviation is null ? "" : $" ± {ScoreText.Of(Deviation)}") + (Low is null ? "" : $" ({ScoreText.Of(Low)} to {ScoreText.Of(High)})");
}
