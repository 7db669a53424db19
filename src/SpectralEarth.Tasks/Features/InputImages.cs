using SpectralEarth.Models;
using SpectralEarth.Shards.Loading;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>Whole patches as a network wants to see them.</summary>
internal static class InputImages
{
    /// <summary>Normalised images, float32 [B, C, H, W] on a device; 0 where there is no data.</summary>
    /// <param name="batch">Patches.</param>
    /// <param name="normalization">Statistics, on the device.</param>
    /// <param name="size">Side of a patch, pixels.</param>
    /// <param name="noData">Digital number of missing values.</param>
    /// <param name="device">Where the images are wanted.</param>
    public static Tensor Of(PatchBatch batch, BandNormalization normalization, long size, short noData, Device device)
    {
        using var scope = NewDisposeScope();
        var b = batch.Indices.Length;
        var numbers = tensor(batch.Pixels, [b, normalization.Bands, size, size]).to(device);
        var validity = tensor(batch.Validity, [b, size, size]).to(device);
        return normalization.Apply(numbers, noData, validity).MoveToOuterDisposeScope();
    }
}
