using SpectralEarth.Recipes;
using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Tasks.Features;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Finetuning.Kinds;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>Writes the files of a tested baseline, as fine-tuning does.</summary>
internal sealed class BaselineOutcome(Dataset dataset, ClassTable classes, LabelCensus census, LabelledSplit split, FinetuneRecipe recipe)
{
    private static readonly Dictionary<string, ScoreInterval> None = [];

    /// <summary>Writes metrics.json, confusion.csv and report.html.</summary>
    /// <param name="folder">Run folder.</param>
    /// <param name="method">Name of the baseline.</param>
    /// <param name="features">Checkpoint of the features; null where they are spectra.</param>
    /// <param name="store">Predictions of the test, or of the validation where there is no test.</param>
    /// <param name="classifier">Fitted baseline.</param>
    public FinetuneResult Write(RunFolder folder, string method, FeatureSource? features, ConfusionStore store, IWindowClassifier classifier)
    {
        var trained = census.Total(split.Train);
        var majority = Array.IndexOf(trained, trained.Max());
        var (hasTest, scores) = (split.Test.Count > 0, ((IScoreStore)store).All());
        var summary = split.Summary(dataset, census);
        var result = new FinetuneResult
        {
            Task = KeyNames.Of(recipe.Task),
            Method = method,
            Steps = 0,
            BestStep = 0,
            Checkpoint = features?.Path ?? "",
            CheckpointChecksum = features?.Checksum ?? "",
            InitialWeights = "",
            Split = summary,
            Test = hasTest ? scores : null,
            TestIntervals = hasTest ? Bootstrap.Intervals(store, new BootstrapOptions { Seed = recipe.Seed }) : None,
            Majority = hasTest ? ((IScoreStore)store.IfAlways(majority)).All() : null,
            MajorityClass = classes[majority].Name,
            Validation = hasTest ? null : scores,
            Warnings = [.. FinetuneWarnings.OfSplit(summary), .. hasTest ? (string[])[] : ["The split keeps no test: the scores are those of the validation patches."]],
        };
        ScoreFiles.WriteCsv(Path.Combine(folder.Path, ScoreFiles.ConfusionName), store.Total, classes);
        Report(folder, result, store, classifier);
        ScoreFiles.WriteJson(FinetuneRun.ScoresOf(folder.Path), result);
        return result;
    }

    private void Report(RunFolder folder, FinetuneResult result, ConfusionStore store, IWindowClassifier classifier)
    {
        var page = new ReportPage("Baseline").Facts([("Run", folder.Path), ("Method", result.Method), ("Features", result.Checkpoint.Length > 0 ? result.Checkpoint : "spectra")]);
        foreach (var warning in result.Warnings)
            page.Paragraph("Note: " + warning);
        ScoreSections.AddScores(page, [("Test", result.Test, result.TestIntervals), ($"Test, if all were {result.MajorityClass} (the majority in training)", result.Majority, None), ("Validation", result.Validation, None)]);
        var sections = new SegmentationReport(dataset, classes, census);
        sections.AddTest(page, store);
        ScoreSections.AddSplit(page, result.Split);
        sections.AddLabels(page, result.Split);
        page.Heading(result.Test is null ? "Validation patches" : "Test patches");
        sections.AddMaps(page, classifier, result.Test is null ? split.Validation : split.Test);
        page.Heading("Recipe").Verbatim(RecipeFile.ToYaml(recipe));
        page.Write(folder.ReportPath);
    }
}
