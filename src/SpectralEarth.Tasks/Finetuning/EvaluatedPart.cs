using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>The patches that an evaluation scores.</summary>
/// <param name="Patches">Catalog indices.</param>
/// <param name="Split">Where they come from.</param>
internal sealed record EvaluatedPart(IReadOnlyList<int> Patches, EvaluatedSplit Split)
{
    /// <summary>Warning where training ground cannot be looked for.</summary>
    public const string UnknownGround = "It is not known any more which ground the network was trained on (its run folder has no split.csv, or the run's data set is gone). See to it that other ground is scored.";

    /// <summary>Takes the labelled patches of the part that is asked for.</summary>
    /// <param name="dataset">Data set to score.</param>
    /// <param name="census">What is labelled.</param>
    /// <param name="options">Part and split file; without one, the run's own split, or the data set's.</param>
    /// <param name="run">Run of the checkpoint.</param>
    /// <exception cref="ArgumentException">A split file is named beside all parts.</exception>
    /// <exception cref="LabelException">The part has no labelled patch, or is a test of ground that the network was trained on.</exception>
    /// <exception cref="DatasetException">The split cannot be used.</exception>
    public static EvaluatedPart Of(Dataset dataset, LabelCensus census, EvaluationOptions options, CheckpointRun run)
    {
        if (options.Validated().Part == EvaluationOptions.AllParts)
            return new EvaluatedPart(census.LabelledPatches, Describe(dataset, census.LabelledPatches, null, EvaluationOptions.AllParts, run));
        var file = SplitFile.Find(options.SplitFile ?? run.SplitFile ?? SplitFile.FileName, dataset);
        if (options.SplitFile is null && !File.Exists(file))
            throw new DatasetException($"{dataset.Path}: has no {SplitFile.FileName}, and is not the data set that the network was trained on. Score all of it with --part all, or divide it with: spectralearth dataset split {dataset.Path}");
        var split = SplitFile.Read(options.SplitFile ?? file, dataset);
        var part = PartOf(split, options.Part);
        var labelled = census.LabelledPatches.ToHashSet();
        int[] patches = [.. part.Where(labelled.Contains)];
        if (patches.Length == 0)
            throw new LabelException($"{file}: the part '{options.Part}' has no labelled patch. {Remedy(split, labelled)}");
        var by = file == run.SplitFile && run.Recipe!.Split.File is null ? KeyNames.Of(run.Recipe.Split.By) : "file";
        var described = Describe(dataset, patches, file, by, run);
        if (options.Part == EvaluationOptions.Parts[0] && described.PatchesOnTrainingGround > 0)
        {
            throw new LabelException(
                $"{file}: {described.PatchesOnTrainingGround} of {patches.Length} test patches show ground that the network was trained on, so they are no test. " +
                (run.SplitFile is { } own ? $"Leave out --split to test by the run's own split, {own}" : "Test on other ground") + ", or score them for what they are with --part all.");
        }

        return new EvaluatedPart(patches, described);
    }

    /// <summary>What a person should know of the scores of these patches.</summary>
    public IEnumerable<string> Warnings()
    {
        if (Split.PatchesOnTrainingGround is null)
            yield return UnknownGround;
        if (Split.PatchesOnTrainingGround > 0)
            yield return $"{Split.PatchesOnTrainingGround} of {Patches.Count} patches show ground that the network was trained on: these scores are no test.";
        if (Split.ScenesSharedWithTraining > 0 && Split.Scenes > 1)
            yield return $"{Split.ScenesSharedWithTraining} of {Split.Scenes} scenes also supplied training patches: the scores measure how well the network does within scenes, not on new ones.";
    }

    private static IReadOnlyList<int> PartOf(DatasetSplit split, string name) =>
        name switch { "train" => split.Train, "validation" => split.Validation, _ => split.Test };

    private static string Remedy(DatasetSplit split, HashSet<int> labelled)
    {
        string[] others = [.. EvaluationOptions.Parts.Where(name => name != EvaluationOptions.AllParts && PartOf(split, name).Any(labelled.Contains)).Select(name => $"--part {name}")];
        return $"Score {string.Join(", ", others.Append($"--part {EvaluationOptions.AllParts}"))}, or name another --split.";
    }

    private static EvaluatedSplit Describe(Dataset dataset, IReadOnlyList<int> patches, string? file, string by, CheckpointRun run)
    {
        var scenes = patches.Select(index => dataset.Catalog[index].SceneId).ToHashSet(StringComparer.Ordinal);
        return new EvaluatedSplit
        {
            File = file,
            By = by,
            Scenes = scenes.Count,
            ScenesSharedWithTraining = run.Ground?.ScenesIn(scenes),
            PatchesOnTrainingGround = run.Ground?.PatchesOn(dataset, patches),
        };
    }
}
