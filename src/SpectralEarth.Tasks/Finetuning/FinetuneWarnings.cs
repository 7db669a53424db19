using SpectralEarth.Models;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Finetuning.Kinds;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>What a person should know before trusting a run's numbers.</summary>
internal static class FinetuneWarnings
{
    /// <summary>All warnings, the gravest first.</summary>
    /// <param name="setup">Data, recipe and split.</param>
    /// <param name="classes">Classes; null for a regression.</param>
    /// <param name="encoder">The encoder.</param>
    /// <param name="bands">What is to be said about the bands, or null.</param>
    public static IEnumerable<string> Of(TaskSetup setup, ClassTable? classes, EncoderConfig encoder, string? bands)
    {
        var (split, census, recipe) = (setup.Split, setup.Census, setup.Recipe);
        var unit = recipe.Task == TaskType.Segmentation ? "pixel" : "patch";
        var missing = Names(classes, census.Total(split.Train));
        if (missing.Length > 0)
            yield return $"No training {unit} is labelled {string.Join(", ", missing)}: the network cannot learn {(missing.Length == 1 ? "this class" : "these classes")} and never predicts {(missing.Length == 1 ? "it" : "them")} with reason.";
        if (split.Test.Count == 0)
            yield return $"No test was made: {(recipe.Split.File is { } file ? $"{file} has no test patches" : "split.test_fraction is 0")}. Judge the network on an independent scene (spectralearth evaluate).";
        var untested = split.Test.Count > 0 ? Names(classes, census.Total(split.Test)) : [];
        if (untested.Length > 0)
            yield return $"No test {unit} is labelled {string.Join(", ", untested)}: the scores say nothing about {(untested.Length == 1 ? "this class" : "these classes")}.";
        foreach (var warning in OfSplit(setup))
            yield return warning;
        if (census.MixedPatches > 0)
            yield return $"{census.MixedPatches} patches have pixels of several classes: each counts as the class that covers most of its labelled pixels. Task multi_label learns all classes of a patch, segmentation where they lie.";
        if (recipe.Task == TaskType.MultiLabel && split.UnlabelledPatches > 0)
            yield return $"{split.UnlabelledPatches} patches without labels were left out: the data set does not say that its labels are complete (labels_complete in dataset.yaml), so they are not taken to have none of the classes.";
        if (split.Validation.Count == 0)
            yield return "No patches were kept for validation: the last averaged weights are used, not the best.";
        if (recipe.InitialWeights == InitialWeights.Random)
            yield return "The network began with random weights; the checkpoint gave its architecture only.";
        if (recipe.AdapterStatistics == AdapterStatistics.Drifting)
            yield return "The adapter's statistics follow the training patches even where its weights are frozen (adapter_statistics drifting, the reference's habit): \"frozen\" features change.";
        if (bands is not null)
            yield return bands;
        foreach (var reason in recipe.WithoutEffect(encoder))
            yield return $"A key of the recipe has no effect: {reason}";
    }

    /// <summary>What a split makes of the scores, of a network as of a baseline.</summary>
    public static IEnumerable<string> OfSplit(TaskSetup setup)
    {
        var (split, recipe) = (setup.Split, setup.Recipe.Split);
        var summary = split.Summary(setup.Dataset, setup.Census);
        if (summary.By == "patch")
            yield return "The split is by single patches: neighbours of test patches train, so the scores are higher than on ground farther away. Compare with split.by block.";
        if (summary.TestScenesSharedWithTrain > 0 && summary.TestScenes > 1)
            yield return $"{summary.TestScenesSharedWithTrain} of {summary.TestScenes} test scenes also supply training patches: the scores measure how well the network does within scenes, not on new ones. Compare with split.by scene.";
        if (recipe.File is null && File.Exists(Path.Combine(setup.Dataset.Path, SplitFile.FileName)))
            yield return $"{SplitFile.FileName} of the data set is not used: the split was drawn. To go by it: split.file={SplitFile.FileName}.";
        if (split.DroppedLocations > 0)
            yield return recipe.File is { } parts ? $"{split.DroppedLocations} locations are in no part of {parts}."
                : $"{split.DroppedLocations} locations overlap two parts of the split and were left out.{(split.BlockSize is null ? "" : " Tile without overlap, or set split.block_size higher, to lose fewer.")}";
        if (recipe.File is not null)
            yield break;
        var remedy = split.BlockSize > 1 ? " Smaller blocks (split.block_size) come nearer." : "";
        foreach (var warning in SplitWarnings.OfShares([split.TrainPatchesBeforeShare ?? split.Train.Count, split.Validation.Count, split.Test.Count], recipe.ValidationFraction, recipe.TestFraction))
            yield return warning + remedy;
    }

    private static string[] Names(ClassTable? classes, long[] counts) =>
        [.. (classes ?? Enumerable.Empty<LabelClass>()).Where((_, index) => counts[index] == 0).Select(item => item.Name)];
}
