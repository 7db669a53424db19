using static TorchSharp.torch.nn;

namespace SpectralEarth.Checkpoints;

/// <summary>What may differ between a module and a file of weights.</summary>
public sealed record LoadRules
{
    /// <summary>Beginnings of file keys (after the prefix) that may be left over, for example "decoder.".</summary>
    public IReadOnlyList<string> IgnoreInFile { get; init; } = [];

    /// <summary>Beginnings of module keys that may keep their first values, for example "decoder.".</summary>
    public IReadOnlyList<string> KeepInModule { get; init; } = [];
}

/// <summary>Copies weights into modules by name, strictly.</summary>
public static class WeightLoader
{
    /// <summary>
    /// Copies every tensor of <paramref name="file"/> whose key begins with <paramref name="prefix"/> into the
    /// parameter or buffer of <paramref name="module"/> with the rest of the key. Nothing is copied unless all fit.
    /// </summary>
    /// <exception cref="CheckpointException">Lists all missing, unexpected and reshaped keys.</exception>
    public static void Load(Module module, SafeTensorsFile file, string prefix = "", LoadRules? rules = null) =>
        throw new NotImplementedException();
}
