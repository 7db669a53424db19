using Serilog;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Features;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Finetuning.Kinds;
using SpectralEarth.Training;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>
/// Fits a baseline to the labels that fine-tuning would train on and tests it on the patches that fine-tuning would be tested on (without
/// a test: those that it would be validated on): the same recipe gives the same split, the same scores and the same files.
/// </summary>
public static class BaselineRun
{
    /// <summary>Fits, tests and writes metrics.json, confusion.csv and report.html into a run folder.</summary>
    /// <param name="outPath">Run folder; made where it is missing.</param>
    /// <param name="dataPath">Data set folder, with labels.</param>
    /// <param name="method">Baseline.</param>
    /// <param name="checkpoint">Run or file whose encoder gives the features; null for methods that need none.</param>
    /// <param name="features">Folder that keeps features for other runs; null keeps them in the run folder.</param>
    /// <param name="recipe">Recipe of the fine-tuning that is to be compared: task, split, seed, threads and device are taken from it.</param>
    /// <param name="origin">For the record.</param>
    /// <param name="log">Receives what a person should know.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="RecipeException">The recipe cannot run on the data, is not of a segmentation, differs from that of the run in the folder, or the method's checkpoint is missing or one too many.</exception>
    /// <exception cref="LabelException">There are no labels, unknown ones, or too few for the split.</exception>
    /// <exception cref="DatasetException">The data set cannot be used, or differs from that of the run in the folder.</exception>
    /// <exception cref="IOException">The data or the checkpoint cannot be used, or the folder cannot be written to.</exception>
    public static FinetuneResult Run(
        string outPath, string dataPath, BaselineMethod method, string? checkpoint, string? features, FinetuneRecipe recipe, RunOrigin origin, ILogger log, CancellationToken cancel = default)
    {
        var dataset = Dataset.Open(dataPath);
        Check(recipe.Validated(dataset.Manifest), method, checkpoint);
        var classes = new ClassTable(dataset.Manifest.Classes);
        var census = LabelCensus.Take(dataset, classes, recipe.Task);
        var split = LabelledSplit.Of(dataset, census, recipe.Split);
        var scored = split.Test.Count > 0 ? split.Test : split.Validation;
        if (scored.Count == 0)
            throw new RecipeException("The split keeps neither test nor validation patches: a baseline has nothing to be compared on. Set split.test_fraction, or name a split file with a test.");
        using var folder = RunFolder.Claim(outPath);
        RunContinuity.Check(folder, "baseline", recipe, FinetuneRecipe.FreeKeys, recipe.Seed, dataset, log).WriteWithStart(folder.InfoPath, origin, step: 0);
        Compute.UseThreads(recipe.Threads);
        using var source = checkpoint is null ? null : FeatureSource.Open(checkpoint, dataset, features ?? Path.Combine(folder.Path, "features"), recipe, cancel);
        using var numbers = source is null ? new SpectrumFeatures(dataset.Manifest) : (IPixelFeatures)source.Pixels();
        using var model = Model(method, recipe.Seed);
        var (inputs, labels) = PixelSample.Take(dataset, split.Train, classes, numbers.Of);
        using (inputs)
        using (labels)
            model.Fit(inputs, labels, classes.Count);
        var classifier = new PixelClassifier(dataset.Manifest, numbers, model, classes.Count);
        var store = new PatchScoring(dataset, scored, classes, TaskSetup.EvaluationBatch, recipe.LoaderThreads).Score(classifier, cancel);
        return new BaselineOutcome(dataset, classes, census, split, recipe).Write(folder, KeyNames.Of(method), source, store, classifier);
    }

    private static void Check(FinetuneRecipe recipe, BaselineMethod method, string? checkpoint)
    {
        var rules = new RuleBook();
        rules.Require(recipe.Task == TaskType.Segmentation, $"baselines classify pixels, but task is {KeyNames.Of(recipe.Task)}; the report of a fine-tuning shows the best constant answer of such tasks.");
        rules.Require(method.NeedsCheckpoint() == (checkpoint is not null), method.NeedsCheckpoint()
            ? $"{KeyNames.Of(method)} looks at features of an encoder: name one with --checkpoint."
            : $"{KeyNames.Of(method)} looks at spectra only: leave --checkpoint out.");
        _ = rules.Accept(recipe);
    }

    private static IPixelModel Model(BaselineMethod method, long seed) => method switch
    {
        BaselineMethod.Majority => new MajorityModel(),
        BaselineMethod.LogisticRegression or BaselineMethod.LinearProbe => new LogisticModel(),
        BaselineMethod.RandomForest => new ForestModel(trees: 100, seed),
        BaselineMethod.NearestNeighbours => new NeighbourModel(seed),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "There is no such baseline."),
    };
}
