using SpectralEarth.Models;
using static TorchSharp.torch;
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

    /// <summary>True if the checkpoint's whole model has exactly the parts of this one, but for fixed positions of another image size.</summary>
    public bool Fits(MaskedAutoencoder model)
    {
        var parts = model.state_dict();
        var own = OwnPositions(parts, CheckpointFile.ModelPrefix);
        var names = file.Names.Where(name => name.StartsWith(CheckpointFile.ModelPrefix, StringComparison.Ordinal)).Select(name => name[CheckpointFile.ModelPrefix.Length..]).ToArray();
        return names.Length == parts.Count && names.All(name =>
            parts.TryGetValue(name, out var part) && (own.Contains(name) || part.shape.SequenceEqual(file.Shape(CheckpointFile.ModelPrefix + name))));
    }

    /// <summary>Copies the encoder's weights and statistics, all of them.</summary>
    /// <exception cref="CheckpointException">Lists all keys that are missing, left over or of another shape.</exception>
    public void LoadInto(Encoder encoder) => WeightLoader.Load(encoder, file, CheckpointFile.EncoderPrefix);

    /// <summary>Copies the weights of the whole model that the checkpoint describes.</summary>
    /// <inheritdoc cref="LoadInto" path="/exception"/>
    public void LoadAllInto(Module model) => WeightLoader.Load(model, file, CheckpointFile.ModelPrefix);

    /// <summary>
    /// As <see cref="LoadInto"/>, for an encoder that is to be trained on images of its own size: fixed positions for another number of
    /// tokens stay its own.
    /// </summary>
    /// <returns>True if positions stayed.</returns>
    /// <inheritdoc cref="LoadInto" path="/exception"/>
    public bool LoadKeepingPositions(Encoder encoder) => LoadKeepingPositions(encoder, CheckpointFile.EncoderPrefix);

    /// <summary>As <see cref="LoadAllInto"/>, for an autoencoder that is to be trained on images of its own size: fixed positions for another number of tokens stay its own.</summary>
    /// <inheritdoc cref="LoadKeepingPositions(Encoder)"/>
    public bool LoadKeepingPositions(MaskedAutoencoder model) => LoadKeepingPositions(model, CheckpointFile.ModelPrefix);

    private bool LoadKeepingPositions(Module model, string prefix)
    {
        var parts = model.state_dict();
        var own = OwnPositions(parts, prefix);
        WeightLoader.Load(parts.Where(part => !own.Contains(part.Key)).ToDictionary(), file, prefix, own);
        return own.Length > 0;
    }

    /// <summary>Keys of fixed positions, which a formula gives, that the file has for another number of tokens, [1, 1 + N, D].</summary>
    private string[] OwnPositions(Dictionary<string, Tensor> parts, string prefix) =>
        [.. parts.Where(part => IsFixedPositions(part.Key, part.Value) && file.Names.Contains(prefix + part.Key)
            && file.Shape(prefix + part.Key) is [1, var count, var width] && count != part.Value.shape[1] && width == part.Value.shape[2])
            .Select(part => part.Key)];

    /// <summary>Learned positions need a gradient.</summary>
    private static bool IsFixedPositions(string key, Tensor part) =>
        (key.EndsWith("vit_core.pos_embed", StringComparison.Ordinal) || key == "decoder.decoder_pos_embed") && !part.requires_grad;

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
