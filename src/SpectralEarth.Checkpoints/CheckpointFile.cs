namespace SpectralEarth.Checkpoints;

/// <summary>Finds the weights that a user means by a run folder or a file.</summary>
public static class CheckpointFile
{
    /// <summary>
    /// The file itself, or of a run folder <c>checkpoints/best.safetensors</c> if it exists, else the newest
    /// <c>checkpoints/step-*.safetensors</c>.
    /// </summary>
    /// <exception cref="CheckpointException">There is no such file or folder, or the run has no checkpoint yet.</exception>
    public static string Resolve(string runOrFile) => throw new NotImplementedException();

    /// <summary>The newest <c>checkpoints/step-*.safetensors</c> of a run folder, or null.</summary>
    public static string? Newest(string run) => throw new NotImplementedException();

    /// <summary>Reads the description of a checkpoint.</summary>
    /// <param name="file">Open checkpoint.</param>
    /// <param name="architecture">Required architecture, or null for any.</param>
    /// <exception cref="CheckpointException">There is no description, or it is of another architecture.</exception>
    public static ModelDescription Describe(SafeTensorsFile file, string? architecture = null) => throw new NotImplementedException();
}
