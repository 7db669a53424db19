using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>Features that a frozen encoder gives whole images.</summary>
/// <param name="source">Features; stays its owner's.</param>
internal sealed class ImageFeatures(FeatureSource source) : IPatchFeatures
{
    /// <inheritdoc/>
    public Tensor Of(IReadOnlyList<int> patches, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        return stack([.. patches.Select(source.Image)]).MoveToOuterDisposeScope();    // [N, D]
    }
}
