using Serilog;
using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Features;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Finetuning.Kinds;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training;
using SpectralEarth.Training.Runs;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>
/// Fits a baseline to the labels that fine-tuning would train on and tests it on the patches that fine-tuning would be tested on (without
/// a test: those that it would be validated on): the same recipe gives the same split, the same scores and the same files.
/// </summary>
public static class BaselineRun
{
    /// <summary>Fits, tests and writes metrics.json, report.html and, of a segmentation, confusion.csv into a run folder.</summary>
    /// <param name="outPath">Run folder; made where it is missing.</param>
    /// <param name="dataPath">Data set folder, with labels.</param>
    /// <param name="method">Baseline.</param>
    /// <param name="checkpoint">Run or file whose encoder gives the features; null for methods that need none.</param>
    /// <param name="features">Folder that keeps features for other runs; null keeps them in the run folder.</param>
    /// <param name="recipe">Recipe of the fine-tuning that is to be compared: task, split, seed, threads and device are taken from it.</param>
    /// <param name="origin">For the record.</param>
    /// <param name="log">Receives what a person should know.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="RecipeException">The recipe cannot run on the data, is of a task that the method makes no sense for, or the method's checkpoint is missing or one too many.</exception>
    /// <exception cref="LabelException">There are no labels, unknown ones, or too few for the split.</exception>
    /// <exception cref="DatasetException">The data set cannot be used.</exception>
    /// <exception cref="OtherRunException">The folder holds results of another baseline, or a run of another recipe, data set or split file.</exception>
    /// <exception cref="IOException">The data or the checkpoint cannot be used, or the folder cannot be written to.</exception>
    public static FinetuneResult Run(
        string outPath, string dataPath, BaselineMethod method, string? checkpoint, string? features, FinetuneRecipe recipe, RunOrigin origin, ILogger log, CancellationToken cancel = default)
    {
        var dataset = Dataset.Open(dataPath);
        Check(recipe.Validated(dataset.Manifest), method, checkpoint);
        var classes = recipe.Task == TaskType.Regression ? null : new ClassTable(dataset.Manifest.Classes);
        var census = LabelCensus.Take(dataset, classes, recipe.Task);
        var split = LabelledSplit.Of(dataset, census, recipe.Split);
        var scored = split.Test.Count > 0 ? split.Test : split.Validation;
        if (scored.Count == 0)
            throw new RecipeException("The split keeps neither test nor validation patches: a baseline has nothing to be compared on. Set split.test_fraction, or name a split file with a test.");
        using var encoder = checkpoint is null ? null : EncoderSource.Open(checkpoint, dataset, recipe.Bands);
        if (encoder is not null)
            FrozenEncoder.RequireWholePatches(encoder);
        using var folder = RunFolder.Claim(outPath);
        var info = SplitContinuity.Check(folder, "baseline", recipe, dataset, log);
        RequireOwnResults(folder.Path, KeyNames.Of(method), encoder?.Checkpoint.Checksum ?? "");
        info.WriteWithStart(folder.InfoPath, origin, step: 0);
        Compute.UseThreads(recipe.Threads);
        using var source = encoder is null ? null : FeatureSource.Open(encoder, dataset, features ?? Path.Combine(folder.Path, "features"), recipe, cancel);
        var (mean, deviation) = InputStatistics.Of(NormalizationSource.Dataset, dataset.Manifest);
        using var normalization = new BandNormalization(mean, deviation, CPU);
        var setup = new TaskSetup
        {
            Dataset = dataset,
            Recipe = recipe,
            Census = census,
            Split = split,
            Normalization = normalization,
            Device = CPU,
            WindowSize = dataset.Manifest.PatchSize,
        };
        using var kind = TaskKinds.Of(setup, classes);
        using var model = method.Model(recipe.Task, recipe.Seed);
        IBaseline baseline = kind is IPatchKind whole
            ? new PatchBaseline(whole, (patches, stop) => source?.Images(patches) ?? PatchSpectra.Means(dataset, patches, recipe.LoaderThreads, stop), model)
            : new PixelBaseline(setup, classes!, batch => source?.Pixels(batch) ?? PatchSpectra.OfPixels(batch, dataset.Manifest), model);
        baseline.Fit(split.Train, cancel);
        var result = new BaselineOutcome(setup, kind, baseline).Write(folder, KeyNames.Of(method), source, baseline.Score(scored, cancel));
        foreach (var warning in result.Warnings)
            log.Warning("{Warning}", warning);
        return result;
    }

    /// <summary>Refuses a folder with results that those of this run would replace.</summary>
    private static void RequireOwnResults(string folder, string method, string checksum)
    {
        var path = FinetuneRun.ScoresOf(folder);
        if (!File.Exists(path) || ScoreFiles.ReadJson<FinetuneResult>(path) is not { } before || (before.Method, before.CheckpointChecksum) == (method, checksum))
            return;
        throw new OtherRunException($"{folder} holds results of {Name(before.Method, before.CheckpointChecksum)}, not of {Name(method, checksum)}. Choose another --out.");

        static string Name(string method, string checksum) => checksum.Length > 0 ? $"{method} with the encoder {checksum}" : method;
    }

    private static void Check(FinetuneRecipe recipe, BaselineMethod method, string? checkpoint)
    {
        var rules = new RuleBook("The baseline cannot run:");
        var suitable = BaselineMethods.Of(recipe.Task);
        rules.Require(suitable.Contains(method), $"{KeyNames.Of(method)} makes no sense for task {KeyNames.Of(recipe.Task)}; take {string.Join(", ", suitable.Select(KeyNames.Of))}.");
        rules.Require(method.NeedsCheckpoint() == (checkpoint is not null), method.NeedsCheckpoint()
            ? $"{KeyNames.Of(method)} looks at features of an encoder: name one with --checkpoint."
            : $"{KeyNames.Of(method)} looks at spectra only: leave --checkpoint out.");
        _ = rules.Accept(recipe);
    }
}
