using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Storage;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Makes sure that the split file that a recipe names is still the one that a run began with; a drawn split follows from recipe and data.</summary>
internal static class SplitContinuity
{
    /// <summary>Compares the file's checksum with the run's, or takes it down if there is none yet.</summary>
    /// <param name="info">Contents of run.yaml.</param>
    /// <param name="recipe">Recipe of this start.</param>
    /// <param name="dataset">Data set.</param>
    /// <param name="runFolder">For the message.</param>
    /// <returns>Contents for run.yaml.</returns>
    /// <exception cref="LabelException">The file has changed.</exception>
    internal static RunInfo Check(RunInfo info, FinetuneRecipe recipe, Dataset dataset, string runFolder)
    {
        if (recipe.Split.File is not { } name || SplitFile.Find(name, dataset) is var path && !File.Exists(path))
            return info;
        var checksum = Checksum.ToText(Checksum.OfFile(path));
        return info.SplitChecksum is null || info.SplitChecksum == checksum
            ? info with { SplitChecksum = checksum }
            : throw new LabelException($"{runFolder} was begun with another split of the same data set ({path} had checksum {info.SplitChecksum}, now {checksum}). Restore the split file that the run began with, choose another --out, or delete the folder to run it again.");
    }
}
