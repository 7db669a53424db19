using SpectralEarth.Recipes;
using SpectralEarth.Reports;
using SpectralEarth.Tasks.Features;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Finetuning.Kinds;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>Writes the files of a tested baseline, as fine-tuning does.</summary>
/// <param name="setup">Data, recipe and split.</param>
/// <param name="kind">Kind of task.</param>
/// <param name="baseline">Fitted baseline.</param>
internal sealed class BaselineOutcome(TaskSetup setup, ITaskKind kind, IBaseline baseline)
{
    /// <summary>Writes metrics.json, report.html and, of tasks with one class for each place, confusion.csv.</summary>
    /// <param name="folder">Run folder.</param>
    /// <param name="method">Name of the baseline.</param>
    /// <param name="features">Checkpoint of the features; null where they are spectra.</param>
    /// <param name="store">Predictions of the test, or of the validation where there is no test.</param>
    public FinetuneResult Write(RunFolder folder, string method, FeatureSource? features, IScoreStore store)
    {
        var (hasTest, scores) = (setup.Split.Test.Count > 0, store.All());
        var constant = hasTest ? kind.Constant(store) : default;
        var summary = setup.Split.Summary(setup.Dataset, setup.Census);
        var result = new FinetuneResult
        {
            Task = KeyNames.Of(setup.Recipe.Task),
            Method = method,
            Steps = 0,
            BestStep = 0,
            Checkpoint = features?.Path ?? "",
            CheckpointChecksum = features?.Checksum ?? "",
            InitialWeights = "",
            Split = summary,
            Test = hasTest ? scores : null,
            TestIntervals = hasTest ? Bootstrap.Intervals(store, setup.Recipe.Seed) : Bootstrap.NoIntervals,
            Majority = constant.Store?.All(),
            MajorityClass = constant.Name ?? "",
            Validation = hasTest ? null : scores,
            Warnings = [.. FinetuneWarnings.OfSplit(setup), .. hasTest ? (string[])[] : ["The split keeps no test: the scores are those of the validation patches."]],
        };
        kind.WriteTest(folder.Path, store);
        Report(folder, result, store);
        ScoreFiles.WriteJson(FinetuneRun.ScoresOf(folder.Path), result);
        return result;
    }

    private void Report(RunFolder folder, FinetuneResult result, IScoreStore store)
    {
        var page = new ReportPage("Baseline").Facts(
            [("Run", folder.Path), ("Task", result.Task), ("Method", result.Method), ("Features", result.Checkpoint.Length > 0 ? result.Checkpoint : "spectra")]);
        ScoreSections.AddOutcome(page, result, store, kind, "Validation");
        page.Heading(result.Test is null ? "Validation patches" : "Test patches");
        baseline.AddExamples(page, result.Test is null ? setup.Split.Validation : setup.Split.Test);
        page.Heading("Recipe").Verbatim(RecipeFile.ToYaml(setup.Recipe));
        page.Write(folder.ReportPath);
    }
}
