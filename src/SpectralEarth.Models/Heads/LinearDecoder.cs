using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Heads;

/// <summary>A linear classifier of tokens whose logits are upsampled to pixels.</summary>
internal sealed class LinearDecoder : PixelDecoder
{
    private readonly Conv2d classify;

    internal LinearDecoder(int width, int classes, FirstWeights weights)
        : base(nameof(LinearDecoder))
    {
        classify = SeededConv.Create(width, classes, 1, bias: true, weights);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(FeatureMaps maps, Tensor images)
    {
        using var scope = NewDisposeScope();
        return functional.interpolate(classify.forward(maps.Layers[^1]), images.shape[2..], mode: InterpolationMode.Bilinear, align_corners: false)
            .MoveToOuterDisposeScope();
    }
}
