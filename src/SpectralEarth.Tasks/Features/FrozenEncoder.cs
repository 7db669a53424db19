using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Finetuning;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>An encoder whose weights stay, on whole patches of a data set as they are: images are not moved onto labels.</summary>
internal sealed class FrozenEncoder : IDisposable
{
    private readonly EncoderSource source;
    private readonly Device device;
    private readonly Encoder encoder;
    private readonly BandNormalization normalization;

    /// <param name="source">Checkpoint, opened for the data set; stays its owner's.</param>
    /// <param name="device">Where the encoder runs.</param>
    /// <param name="weights">Whether the checkpoint's weights are taken, or random ones.</param>
    /// <param name="seed">Seed of random weights.</param>
    /// <exception cref="CheckpointException">The encoder takes windows of another size than the patches have, or its weights do not fit.</exception>
    public FrozenEncoder(EncoderSource source, Device device, InitialWeights weights = InitialWeights.Checkpoint, long seed = 0)
    {
        RequireWholePatches(source);
        (this.source, this.device, encoder) = (source, device, Encoder.Create(source.Description.Encoder, seed));
        try
        {
            if (weights == InitialWeights.Checkpoint)
                source.Checkpoint.LoadInto(encoder);
            encoder.to(device);
            encoder.eval();
            normalization = source.Description.OfEncoder().Normalization(device);
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>Refuses an encoder that does not take whole patches.</summary>
    /// <exception cref="CheckpointException">The encoder takes windows of another size than the patches have.</exception>
    public static void RequireWholePatches(EncoderSource source)
    {
        var (window, side) = (source.Description.Encoder.PatchSize, source.Dataset.Manifest.PatchSize);
        if (window != side)
            throw new CheckpointException($"{source.Checkpoint.Path}: the encoder takes windows of {window} pixels, but the patches of {source.Dataset.Path} have {side}. Features are of whole patches: tile with --patch-size {window}.");
    }

    /// <summary>Width D of a feature.</summary>
    public int Width => encoder.Width;

    /// <summary>Normalised images of a batch, [B, C, H, W].</summary>
    public Tensor Images(PatchBatch batch)
    {
        var data = source.Dataset.Manifest;
        return InputImages.Of(batch, normalization, data.PatchSize, data.NoData, device);
    }

    /// <summary>The feature of each image, on the CPU, [B, D].</summary>
    public Tensor Features(Tensor images) => encoder.forward(images).cpu();

    /// <summary>The last layer's map of each image, on the CPU, [B, D, h, w].</summary>
    public Tensor Map(Tensor images) => encoder.Maps(images, encoder.Config.LayerCount - 1).Layers[0].cpu();

    /// <inheritdoc/>
    public void Dispose()
    {
        normalization.Dispose();
        encoder.Dispose();
    }
}
