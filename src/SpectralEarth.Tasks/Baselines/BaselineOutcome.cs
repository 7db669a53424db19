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
    /// <param name="test">Predictions of the test.</param>
    /// <param name="classifier">Fitted baseline.</param>
    public FinetuneResult Write(RunFolder folder, string method, FeatureSource? features, ConfusionStore test, IWindowClassifier classifier)
    {
        var trained = census.Total(split.Train);
        var majority = Array.IndexOf(trained, trained.Max());
        var result = new FinetuneResult
        {
            Task = KeyNames.Of(recipe.Task),
            Method = method,
            Steps = 0,
            BestStep = 0,
            Checkpoint = features?.Path ?? "",
            CheckpointChecksum = features?.Checksum ?? "",
            InitialWeights = "",
            Split = split.Summary(dataset, census),
            Test = ((IScoreStore)test).All(),
            TestIntervals = Bootstrap.Intervals(test, new BootstrapOptions { Seed = recipe.Seed }),
            Majority = ((IScoreStore)test.IfAlways(majority)).All(),
            MajorityClass = classes[majority].Name,
            Validation = null,
            Warnings = [.. FinetuneWarnings.OfSplit(split.Summary(dataset, census))],
        };
        ScoreFiles.WriteCsv(Path.Combine(folder.Path, ScoreFiles.ConfusionName), test.Total, classes);
        Report(folder, result, test, classifier);
        ScoreFiles.WriteJson(FinetuneRun.ScoresOf(folder.Path), result);
        return result;
    }

    private void Report(RunFolder folder, FinetuneResult result, ConfusionStore test, IWindowClassifier classifier)
    {
        var page = new ReportPage("Baseline").Facts([("Run", folder.Path), ("Method", result.Method), ("Features", result.Checkpoint.Length > 0 ? result.Checkpoint : "spectra")]);
        foreach (var warning in result.Warnings)
            page.Paragraph("Note: " + warning);
        ScoreSections.AddScores(page, [("Test", result.Test, result.TestIntervals), ($"Test, if all were {result.MajorityClass} (the majority in training)", result.Majority, None)]);
        var sections = new SegmentationReport(dataset, classes, census);
        sections.AddTest(page, test);
        ScoreSections.AddSplit(page, result.Split);
        sections.AddLabels(page, result.Split);
        page.Heading("Test patches");
        sections.AddMaps(page, classifier, split.Test);
        page.Heading("Recipe").Verbatim(RecipeFile.ToYaml(recipe));
        page.Write(folder.ReportPath);
    }
}
