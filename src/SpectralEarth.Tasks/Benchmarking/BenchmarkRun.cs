using Serilog;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Tasks.Baselines;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tasks.Benchmarking;

/// <summary>
/// Runs the cells of a benchmark, each in a run folder of its own. A cell that is finished is not run again, one that was stopped goes
/// on; one that fails is noted with its reason, and the rest goes on.
/// </summary>
/// <param name="plan">What is compared.</param>
/// <param name="outPath">Folder of the benchmark.</param>
/// <param name="origin">For the record.</param>
/// <param name="log">Receives what a person should know.</param>
public sealed class BenchmarkRun(BenchmarkPlan plan, string outPath, RunOrigin origin, ILogger log)
{
    /// <summary>Folder of the benchmark that holds features of encoders.</summary>
    internal const string FeaturesFolder = "features";

    private readonly IReadOnlyList<BenchmarkCell> cells = [.. BenchmarkCell.Of(plan)];

    /// <summary>By task: baselines of the plan that make no sense for it.</summary>
    private readonly Dictionary<string, string> notes = plan.Tasks.Where(task => plan.Unsuitable(task).Count > 0).ToDictionary(
        task => task.Name, task => $"Baselines left out, as they make no sense for task {KeyNames.Of(task.ReadKind())}: {string.Join(", ", plan.Unsuitable(task).Select(KeyNames.Of))}.");

    /// <summary>Number of cells.</summary>
    public int Count => cells.Count;

    /// <summary>Runs the cells one after the other and yields each when it is done and in the tables.</summary>
    /// <param name="cancel">Stops the run.</param>
    /// <param name="begun">Told of each cell when its turn comes.</param>
    /// <exception cref="IOException">The tables cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what is finished is kept.</exception>
    public IEnumerable<CellReport> Cells(CancellationToken cancel, Action<BenchmarkCell>? begun = null)
    {
        // At once, not when their turn comes hours later.
        foreach (var missing in plan.Tasks.Select(task => task.Data).Where(data => !ManifestFile.Exists(data)).Concat(plan.Checkpoints.Select(one => one.Path).Where(path => !Path.Exists(path))))
            log.Warning("{Path} does not exist: all runs with it will fail. Correct the plan (its paths are relative to its own folder)", missing);
        foreach (var (task, note) in notes)
            log.Warning("{Task}: {Note}", task, note);
        var reports = new List<CellReport>();
        foreach (var cell in cells)
        {
            cancel.ThrowIfCancellationRequested();
            begun?.Invoke(cell);
            reports.Add(Run(cell, cancel));
            // Written after every run, so that a long benchmark can be watched.
            new BenchmarkTable(reports).Write(outPath, notes);
            yield return reports[^1];
        }
    }

    private CellReport Run(BenchmarkCell cell, CancellationToken cancel)
    {
        var folder = Path.Combine(outPath, cell.Folder);
        try
        {
            var recipe = RecipeFile.Read<FinetuneRecipe>(cell.Task.Recipe, cell.Overrides(plan));
            if (Finished(cell, folder, recipe) is { } before)
                return new CellReport(cell, before, null, WasFinished: true);
            var result = cell.Baseline is { } method
                ? BaselineRun.Run(folder, cell.Task.Data, method, cell.Checkpoint?.Path, Features(cell, recipe), recipe, origin, log, cancel)
                : Finetune(cell, folder, recipe, cancel);
            return new CellReport(cell, result, null, WasFinished: false);
        }
        catch (Exception error) when (error is IOException or FormatException or ArithmeticException)
        {
            // Such a message advises another --out, which a cell cannot follow.
            var reason = error.Message + (error is OtherRunException ? $"\nTo run the cell again as the plan says: delete {folder}, or give the protocol, checkpoint or task another name." : "");
            log.Error("{Cell}: {Reason}", cell.Folder, reason);
            return new CellReport(cell, null, reason, WasFinished: false);
        }
    }

    private FinetuneResult Finetune(BenchmarkCell cell, string folder, FinetuneRecipe recipe, CancellationToken cancel)
    {
        using var run = FinetuneRun.OpenOrResume(folder, cell.Task.Data, cell.Checkpoint!.Path, recipe, origin, log);
        if (run.Split.Test.Count == 0 && run.Split.Validation.Count == 0)
            throw new RecipeException($"{cell.Task.Recipe}: the split keeps neither test nor validation patches, so there is nothing to compare. Set split.test_fraction, or name a split file with a test.");
        foreach (var _ in run.Steps(cancel))
        {
        }

        cancel.ThrowIfCancellationRequested();
        return run.Finish(cancel);
    }

    /// <summary>Features depend on the encoder's weights only: all cells of one share them, those of random weights by seed.</summary>
    private string? Features(BenchmarkCell cell, FinetuneRecipe recipe) => cell.Checkpoint is null ? null : Path.Combine(
        outPath, FeaturesFolder, cell.Task.Name, cell.Checkpoint.Name + (recipe.InitialWeights == InitialWeights.Random ? $"-{recipe.Seed}" : ""));

    /// <summary>The outcome of a cell that is finished; null where there is none, or one that this version of the program cannot read.</summary>
    private FinetuneResult? Finished(BenchmarkCell cell, string folder, FinetuneRecipe recipe)
    {
        var path = FinetuneRun.ScoresOf(folder);
        if (!File.Exists(path))
            return null;
        if (ScoreFiles.ReadJson<FinetuneResult>(path) is not { Summary.Count: > 0 } result)
        {
            log.Warning("{Path}: no scores can be read from it, so the cell is scored again", path);
            return null;
        }

        using var claimed = RunFolder.Claim(folder);
        if (!File.Exists(claimed.InfoPath))
            throw new IOException($"{claimed.InfoPath} is missing, so nothing tells which data set the scores in the folder are of. Delete the folder to run the cell again.");
        var dataset = Dataset.Open(cell.Task.Data);
        _ = SplitContinuity.Check(claimed, cell.Baseline is null ? "finetune" : "baseline", recipe, dataset, log);
        var wanted = cell.Checkpoint is { } checkpoint ? EncoderSource.ChecksumOf(checkpoint.Path) : "";
        return result.CheckpointChecksum == wanted
            ? result
            : throw new OtherRunException(
                $"{folder} is a finished run of {result.Checkpoint} with the weights {result.CheckpointChecksum}, but {cell.Checkpoint?.Path} of the plan holds {wanted}. Use those weights.");
    }
}
