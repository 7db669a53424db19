using SpectralEarth.Shards.Loading;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tasks.Features;

/// <summary>Maps of an encoder's last layer, interpolated to the pixels of the patch.</summary>
/// <param name="source">Features; stays its owner's.</param>
/// <param name="patchSize">Side of a patch, pixels.</param>
internal sealed class MapFeatures(FeatureSource source, int patchSize) : IPixelFeatures
{
    /// <inheritdoc/>
    public Tensor Of(PatchBatch batch)
    {
        using var scope = NewDisposeScope();
        var maps = stack([.. batch.Indices.Select(source.Map)]);    // [B, D, h, w]
        return functional.interpolate(maps, [patchSize, patchSize], mode: InterpolationMode.Bilinear, align_corners: false).MoveToOuterDisposeScope();
    }
}
