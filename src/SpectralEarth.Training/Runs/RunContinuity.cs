using Serilog;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Storage;

namespace SpectralEarth.Training.Runs;

/// <summary>Makes sure that a run goes on with the recipe and the data that it began with.</summary>
public static class RunContinuity
{
    /// <summary>Compares with what the folder holds, or writes it if the run is new.</summary>
    /// <param name="folder">Claimed run folder.</param>
    /// <param name="kind">Kind of run, for example "pretrain".</param>
    /// <param name="recipe">Recipe of this start.</param>
    /// <param name="dataset">Data set of this start.</param>
    /// <param name="log">Told of differences in free keys.</param>
    /// <returns>Contents for run.yaml.</returns>
    /// <exception cref="OtherRunException">Kind or data set differ, the recipe does in a key that matters, that of a run with checkpoints is missing, or the folder's is no run's.</exception>
    /// <exception cref="RecipeException">run.yaml or recipe.yaml of the folder cannot be read.</exception>
    public static RunInfo Check<T>(RunFolder folder, string kind, T recipe, Dataset dataset, ILogger log)
        where T : TrainingRecipe
    {
        var begun = File.Exists(folder.InfoPath) ? RecipeFile.Read<RunInfo>(folder.InfoPath) : null;
        if (begun is not null && begun.Kind != kind)
            throw new OtherRunException($"{folder.Path} holds a {begun.Kind} run, not a {kind} run. Choose another --out.");
        if (File.Exists(folder.RecipePath))
        {
            var recorded = RecipeFile.Read<T>(folder.RecipePath);
            if (begun is null && !folder.HasHadCheckpoints && File.ReadAllText(folder.RecipePath) != RecipeFile.ToYaml(recorded))
                throw new OtherRunException($"{folder.RecipePath} is no run's (there is no {Path.GetFileName(folder.InfoPath)} beside it), but a run would replace it by its resolved recipe. Give the file another name, or choose another --out.");
            Compare(folder, kind, recorded, recipe, log);
        }
        else if (folder.HasHadCheckpoints)
            throw new OtherRunException($"{folder.RecipePath} is missing, but the run has written checkpoints: whether the recipe is theirs cannot be told. Put the file back, or choose another --out.");
        var info = begun ?? new RunInfo { Kind = kind, DataPath = dataset.Path, DataFingerprint = dataset.Manifest.Fingerprint, Seed = recipe.Seed };
        if (info.DataFingerprint != dataset.Manifest.Fingerprint)
        {
            throw new OtherRunException(
                $"{folder.Path} was begun with data set {info.DataFingerprint} ({info.DataPath}), but {dataset.Path} is {dataset.Manifest.Fingerprint}. " +
                "Use the first data set, or another --out.");
        }

        AtomicFile.WriteText(folder.RecipePath, RecipeFile.ToYaml(recipe));
        return info;
    }

    private static void Compare<T>(RunFolder folder, string kind, T before, T now, ILogger log)
    {
        var differences = RecipeDifference.Between(before, now);
        var fatal = differences.Where(difference => !TrainingRecipe.FreeKeys.Contains(difference.Key)).ToList();
        if (fatal.Count > 0)
        {
            throw new OtherRunException(
                $"{folder.Path} holds a run with another recipe:\n" + string.Join("\n", fatal.Select(difference => "  - " + difference.Text)) +
                $"\nUse {folder.RecipePath} to go on with that run, or another --out to start a new one" +
                (kind == "pretrain" && folder.HasHadCheckpoints ? $" (with this run's weights: --checkpoint {folder.Path})." : "."));
        }

        foreach (var (_, text) in differences)
            log.Information("The run goes on with another {Difference}", text);
    }
}
