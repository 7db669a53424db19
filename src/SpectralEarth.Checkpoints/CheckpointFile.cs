using SpectralEarth.Storage;

namespace SpectralEarth.Checkpoints;

/// <summary>Finds the weights that a user means by a run folder or a file, and names those of a run.</summary>
public static class CheckpointFile
{
    /// <summary>Beginning of the keys of a model's weights in a run's checkpoint.</summary>
    public const string ModelPrefix = "model.";

    /// <summary>Beginning of the keys of an encoder's weights in a run's checkpoint, whatever the architecture.</summary>
    public const string EncoderPrefix = ModelPrefix + "encoder.";

    /// <summary>Folder of a run's checkpoints inside the run's.</summary>
    public const string Folder = "checkpoints";

    private const string BestName = "best.safetensors";
    private const string ImportedName = "weights.safetensors";

    /// <summary><c>checkpoints/step-00000100.safetensors</c> of a run folder.</summary>
    public static string PathOfStep(string run, long step) =>
        Path.Combine(run, Folder, FormattableString.Invariant($"step-{step:D8}.safetensors"));

    /// <summary><c>checkpoints/best.safetensors</c> of a run folder.</summary>
    public static string PathOfBest(string run) => Path.Combine(run, Folder, BestName);

    /// <summary><c>weights.safetensors</c> of a folder of imported weights.</summary>
    public static string PathOfImported(string folder) => Path.Combine(folder, ImportedName);

    /// <summary>
    /// The file itself, of a folder of imported weights <c>weights.safetensors</c>, or of a run folder <c>checkpoints/best.safetensors</c> if it exists, else the newest
    /// <c>checkpoints/step-*.safetensors</c>. Weights that travel with the program are found by their name there (<see cref="ProgramFolder.Locate"/>).
    /// </summary>
    /// <exception cref="CheckpointException">There is no such file or folder, or the run has no checkpoint yet.</exception>
    public static string Resolve(string runOrFile)
    {
        runOrFile = ProgramFolder.Locate(runOrFile);
        if (File.Exists(runOrFile))
            return Path.GetFullPath(runOrFile);
        if (!Directory.Exists(runOrFile))
            throw new CheckpointException($"{runOrFile}: there is no such file or folder. Give a run folder or a .safetensors file.");
        return Path.GetFullPath(Find(runOrFile) ?? throw new CheckpointException(
            $"{runOrFile}: the run has no checkpoint ({Folder}/{BestName} or {Folder}/step-*.safetensors; {ImportedName} in a folder that import made). " +
            "Let it train until it has written one."));
    }

    /// <summary><c>recipe.yaml</c> of the run folder that a checkpoint lies in, or null.</summary>
    public static string? RecipeOf(string checkpoint)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(checkpoint))!;
        var recipe = Path.Combine(folder, "..", "recipe.yaml");
        return Path.GetFileName(folder) == Folder && File.Exists(recipe) ? Path.GetFullPath(recipe) : null;
    }

    /// <summary>The weights that <see cref="Resolve"/> takes from a folder, or null.</summary>
    public static string? Find(string folder) =>
        new[] { PathOfImported(folder), PathOfBest(folder) }.FirstOrDefault(File.Exists) ?? Newest(folder);

    /// <summary>The <c>checkpoints/step-*.safetensors</c> of a run folder with the highest step, or null.</summary>
    public static string? Newest(string run) => Steps(run).Select(file => file.Path).FirstOrDefault();

    /// <summary>All <c>checkpoints/step-*.safetensors</c> of a run folder whose names tell a step, newest first.</summary>
    public static IEnumerable<(string Path, long Step)> Steps(string run)
    {
        var folder = Path.Combine(run, Folder);
        return !Directory.Exists(folder) ? [] :
            from path in Directory.EnumerateFiles(folder, "step-*.safetensors")
            let step = StepOf(path)
            where step is not null
            orderby step descending
            select (path, step.Value);
    }

    /// <summary>Reads the description of a checkpoint.</summary>
    /// <param name="file">Open checkpoint.</param>
    /// <exception cref="CheckpointException">There is no description.</exception>
    public static ModelDescription Describe(WeightFile file) => file.Metadata.TryGetValue(ModelDescription.MetadataKey, out var json)
        ? ModelDescription.FromJson(json, file.Path)
        : throw new CheckpointException($"{file.Path}: the metadata have no entry \"{ModelDescription.MetadataKey}\". Use a checkpoint written by this program.");

    private static long? StepOf(string path) =>
        long.TryParse(Path.GetFileNameWithoutExtension(path).AsSpan("step-".Length), System.Globalization.NumberStyles.None, null, out var step)
            ? step : null;
}
