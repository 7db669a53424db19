using System.Globalization;
using System.Text;
using SpectralEarth.Reports;
using SpectralEarth.Storage;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Benchmarking;

/// <summary>The scores of a benchmark: every cell, and mean and deviation over the seeds of each method.</summary>
public sealed class BenchmarkTable
{
    private const int ShownScores = 5;

    private readonly IReadOnlyList<CellReport> cells;
    private readonly IReadOnlyList<ScoredCell> scored;

    /// <param name="cells">Reports in the order of the plan.</param>
    public BenchmarkTable(IReadOnlyList<CellReport> cells)
    {
        this.cells = cells;
        scored = [.. cells.Where(cell => cell.Result is not null).Select(cell => new ScoredCell(cell.Cell, cell.Result!, ScoreFiles.Numbers((cell.Result!.Test ?? cell.Result.Validation)!)))];
        Rows = [.. scored.GroupBy(one => (Task: one.Cell.Task.Name, one.Cell.Method))
            .SelectMany(group => group.SelectMany(one => one.Scores.Keys).Distinct().Select(score => Row(group.Key.Task, group.Key.Method, score, [.. group])))];
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
        var values = from one in scored
                     from score in one.Scores
                     let interval = one.Result.TestIntervals.GetValueOrDefault(score.Key)
                     select (object?[])[one.Cell.Task.Name, one.Cell.Method, one.Cell.Seed, score.Key, score.Value, interval?.Low, interval?.High];
        AtomicFile.WriteText(Path.Combine(folder, "cells.csv"), Csv("task,method,seed,score,value,low,high", values));
        AtomicFile.WriteText(Path.Combine(folder, "table.csv"), Csv("task,method,score,mean,deviation,seeds,low,high",
            Rows.Select(row => (object?[])[row.Task, row.Method, row.Score, row.Mean, row.Deviation, row.Seeds, row.Low, row.High])));
        WritePage(Path.Combine(folder, "benchmark.html"), notes);
    }

    /// <summary>The table of a task: methods by number of seeds and the scores that models are compared by, mean and deviation.</summary>
    public (IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Lines) Of(string task)
    {
        var rows = Rows.Where(row => row.Task == task).ToArray();
        string[] scores = [.. scored.Where(one => one.Cell.Task.Name == task).SelectMany(one => one.Result.Summary).Distinct().Take(ShownScores)];
        return (["method", "seeds", .. scores.Select(score => score.Replace('_', ' '))], [.. rows.GroupBy(row => row.Method).Select(method => Line(method.Key, [.. method], scores))]);
    }

    private static IReadOnlyList<string> Line(string method, BenchmarkRow[] rows, string[] scores)
    {
        var seeds = rows.Max(row => row.Seeds);
        return [method, $"{seeds}", .. scores.Select(score => rows.FirstOrDefault(row => row.Score == score) is { } row
            ? row.Text + (row.Seeds < seeds ? $", {row.Seeds} of {seeds} seeds" : "")
            : "")];
    }

    private static BenchmarkRow Row(string task, string method, string score, ScoredCell[] cells)
    {
        double[] values = [.. cells.Select(cell => cell.Scores.TryGetValue(score, out var value) ? value : double.NaN).Where(double.IsFinite)];
        ScoreInterval[] intervals = [.. cells.Select(cell => cell.Result.TestIntervals.GetValueOrDefault(score)).OfType<ScoreInterval>()];
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
            foreach (var split in task.Select(cell => cell.Result).OfType<FinetuneResult>().Select(SplitText).Distinct())
                page.Paragraph(split);
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

    private static string SplitText(FinetuneResult result)
    {
        var split = result.Split;
        return $"Split by {split.By}: {split.TrainPatches} patches train, " + (result.Test is not null
            ? $"{split.TestPatches} test; {split.TestScenesSharedWithTrain} of {split.TestScenes} test scenes also supply training patches."
            : $"none test: the scores are those of the {split.ValidationPatches} validation patches, by which the weights of the networks were chosen, too.");
    }

    private static string Csv(string header, IEnumerable<object?[]> rows)
    {
        var text = new StringBuilder(header + "\n");
        foreach (var row in rows)
            text.AppendJoin(',', row.Select(cell => cell is string name ? CsvText.Quoted(name) : Convert.ToString(cell, CultureInfo.InvariantCulture))).Append('\n');
        return text.ToString();
    }

    private sealed record ScoredCell(BenchmarkCell Cell, FinetuneResult Result, IReadOnlyDictionary<string, double> Scores);
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
