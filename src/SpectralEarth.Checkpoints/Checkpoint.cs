using SpectralEarth.Models;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Checkpoints;

/// <summary>A checkpoint of this program, whole: opening it compares the file with its checksums, so that no damaged weights are used.</summary>
public sealed class Checkpoint : IDisposable
{
    private readonly SafeTensorsFile file;

    private Checkpoint(SafeTensorsFile file)
    {
        this.file = file;
        file.VerifyChecksum();
        Description = CheckpointFile.Describe(file);
    }

    /// <summary>What the checkpoint is.</summary>
    public ModelDescription Description { get; }

    /// <summary>File of the checkpoint.</summary>
    public string Path => file.Path;

    /// <summary>Identity of the weights.</summary>
    public string Checksum => file.Metadata[SafeTensorsFile.ChecksumKey];

    /// <summary>Opens the weights of a run folder, of a folder of imported weights, or a file (<see cref="CheckpointFile.Resolve"/>).</summary>
    /// <exception cref="CheckpointException">There are none, the file is damaged, or it was not written by this program.</exception>
    public static Checkpoint Open(string runOrFile)
    {
        var file = SafeTensorsFile.Open(CheckpointFile.Resolve(runOrFile));
        try
        {
            return new Checkpoint(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>True if the checkpoint's whole model has exactly the parts of this one.</summary>
    public bool Fits(Module model)
    {
        var parts = model.state_dict();
        var names = file.Names.Where(name => name.StartsWith(CheckpointFile.ModelPrefix, StringComparison.Ordinal)).ToArray();
        return names.Length == parts.Count && names.All(name => parts.TryGetValue(name[CheckpointFile.ModelPrefix.Length..], out var part) && part.shape.SequenceEqual(file.Shape(name)));
    }

    /// <summary>Copies the encoder's weights and statistics, all of them.</summary>
    /// <exception cref="CheckpointException">Lists all keys that are missing, left over or of another shape.</exception>
    public void LoadInto(Encoder encoder) => WeightLoader.Load(encoder, file, CheckpointFile.EncoderPrefix);

    /// <summary>Copies the weights of the whole model that the checkpoint describes.</summary>
    /// <inheritdoc cref="LoadInto" path="/exception"/>
    public void LoadAllInto(Module model) => WeightLoader.Load(model, file, CheckpointFile.ModelPrefix);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
