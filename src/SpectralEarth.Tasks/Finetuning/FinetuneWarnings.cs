namespace SpectralEarth.Tasks.Finetuning;

/// <summary>What a person should know before trusting a run's numbers.</summary>
internal static class FinetuneWarnings
{
    /// <summary>All warnings, the gravest first.</summary>
    public static IEnumerable<string> Of(LabelledSplit split, LabelCensus census, ClassTable classes, FinetuneRecipe recipe, string? bands)
    {
        var train = census.Total(split.Train);
        var missing = classes.Where((_, index) => train[index] == 0).Select(item => item.Name).ToArray();
        if (missing.Length > 0)
            yield return $"No training pixel is labelled {string.Join(", ", missing)}: the network cannot learn {(missing.Length == 1 ? "this class" : "these classes")} and never predicts {(missing.Length == 1 ? "it" : "them")} with reason.";
        if (split.Test.Count == 0)
            yield return "No test was made: split.test_fraction is 0. Judge the network on an independent scene (spectralearth evaluate).";
        var test = census.Total(split.Test);
        var untested = classes.Where((_, index) => split.Test.Count > 0 && test[index] == 0).Select(item => item.Name).ToArray();
        if (untested.Length > 0)
            yield return $"No test pixel is labelled {string.Join(", ", untested)}: the scores say nothing about {(untested.Length == 1 ? "this class" : "these classes")}.";
        if (split.Validation.Count == 0)
            yield return "No patches were kept for validation: the last averaged weights are used, not the best.";
        if (split.DroppedLocations > 0)
            yield return $"{split.DroppedLocations} locations overlap two parts of the split and were left out. Tile without overlap, or set split.block_size higher, to lose fewer.";
        if (recipe.InitialWeights == InitialWeights.Random)
            yield return "The network began with random weights; the checkpoint gave its architecture only.";
        if (bands is not null)
            yield return bands;
    }
}
