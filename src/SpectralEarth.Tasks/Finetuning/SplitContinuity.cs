using Serilog;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Storage;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Makes sure that a run goes on with the recipe, the data and the split file that it began with; a drawn split follows from recipe and data.</summary>
internal static class SplitContinuity
{
    /// <summary>Does what <see cref="RunContinuity"/> does, and compares the split file's checksum with the run's, or takes it down if there is none yet.</summary>
    /// <param name="folder">Claimed run folder.</param>
    /// <param name="kind">Kind of run: finetune or baseline.</param>
    /// <param name="recipe">Recipe of this start.</param>
    /// <param name="dataset">Data set of this start.</param>
    /// <param name="log">Told of differences in free keys.</param>
    /// <returns>Contents for run.yaml.</returns>
    /// <exception cref="OtherRunException">Kind, data set or split file differ, the recipe does in a key that matters, or that of a run with checkpoints is missing.</exception>
    /// <exception cref="RecipeException">run.yaml or recipe.yaml of the folder cannot be read.</exception>
    internal static RunInfo Check(RunFolder folder, string kind, FinetuneRecipe recipe, Dataset dataset, ILogger log)
    {
        var info = RunContinuity.Check(folder, kind, recipe, dataset, log);
        if (recipe.Split.File is not { } name || SplitFile.Find(name, dataset) is var path && !File.Exists(path))
            return info;
        var checksum = Checksum.ToText(Checksum.OfFile(path));
        return info.SplitChecksum is null || info.SplitChecksum == checksum
            ? info with { SplitChecksum = checksum }
            : throw new OtherRunException($"{folder.Path} was begun with another split of the same data set ({path} had checksum {info.SplitChecksum}, now {checksum}). Restore the split file that the run began with, choose another --out, or delete the folder to run it again.");
    }
}
