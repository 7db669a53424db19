using SpectralEarth.Checkpoints;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>What the folder of a fine-tuning run tells of the training of its checkpoint.</summary>
/// <param name="Recipe">The run's recipe; null of a file outside a run.</param>
/// <param name="SplitFile">The run's own split, if it is one of the data set to score; else null.</param>
/// <param name="Ground">What the network was trained on; null if that is not known any more.</param>
internal sealed record CheckpointRun(FinetuneRecipe? Recipe, string? SplitFile, TrainingGround? Ground)
{
    /// <summary>Reads what is there.</summary>
    /// <param name="checkpoint">File of the weights.</param>
    /// <param name="evaluated">Data set to score; null for a map.</param>
    /// <exception cref="RecipeException">A file of the run is damaged.</exception>
    /// <exception cref="DatasetException">The run's split is damaged.</exception>
    public static CheckpointRun Of(string checkpoint, Dataset? evaluated)
    {
        if (CheckpointFile.RecipeOf(checkpoint) is not { } recipePath)
            return new CheckpointRun(null, null, null);
        var recipe = RecipeFile.Read<FinetuneRecipe>(recipePath);
        using var folder = RunFolder.Visit(Path.GetDirectoryName(recipePath)!);
        var split = FinetuneRun.SplitOf(folder.Path);
        if (!File.Exists(split) || !File.Exists(folder.InfoPath))
            return new CheckpointRun(recipe, null, null);
        var info = RecipeFile.Read<RunInfo>(folder.InfoPath);
        if (evaluated is not null && info.DataFingerprint == evaluated.Manifest.Fingerprint)
            return new CheckpointRun(recipe, split, new TrainingGround(evaluated, Shards.Splits.SplitFile.Read(split, evaluated).Train));
        return new CheckpointRun(recipe, null, Trained(info) is { } trained && HasPlaces(trained) && (evaluated is null || HasPlaces(evaluated))
            ? new TrainingGround(trained, Shards.Splits.SplitFile.Read(split, trained).Train)
            : null);
    }

    /// <summary>The data set that the run was made of; null if it is not where it was, which the evaluation warns of.</summary>
    private static Dataset? Trained(RunInfo info)
    {
        try
        {
            return Directory.Exists(info.DataPath) && Dataset.Open(info.DataPath) is var dataset && dataset.Manifest.Fingerprint == info.DataFingerprint ? dataset : null;
        }
        catch (DatasetException)
        {
            return null;
        }
    }

    /// <summary>Patches without a place on earth cannot be compared with those of another data set.</summary>
    private static bool HasPlaces(Dataset dataset) => dataset.Catalog.All(patch => patch.Epsg > 0);
}
