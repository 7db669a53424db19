using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Heads;

/// <summary>
/// UPerNet (Xiao et al. 2018, section 3.2): pyramid pooling of the deepest map, a feature pyramid from there to the shallowest, and
/// one classifier of all its levels. Maps of a residual network are a pyramid already; those of a transformer, all of one
/// size, are resized to 4, 2, 1 and 1/2 of it.
/// </summary>
internal sealed class UpernetDecoder : PixelDecoder
{
    private readonly int[] sides;
    private readonly ModuleList<ConvNormRelu> lateral, smooth;
    private readonly PyramidPooling pooling;
    private readonly ConvNormRelu fuse;
    private readonly Conv2d classify;

    internal UpernetDecoder(SegmentationConfig config, FirstWeights weights)
        : base(nameof(UpernetDecoder))
    {
        var (width, inputs) = (config.DecoderWidth, config.Taps.Select(config.Encoder.MapWidth).ToArray());
        sides = [.. config.PyramidSides];
        lateral = new ModuleList<ConvNormRelu>([.. inputs[..^1].Select(channels => new ConvNormRelu(channels, width, 1, weights))]);
        pooling = new PyramidPooling(inputs[^1], width, weights);
        smooth = new ModuleList<ConvNormRelu>([.. inputs[..^1].Select(_ => new ConvNormRelu(width, width, 3, weights))]);
        fuse = new ConvNormRelu(inputs.Length * width, width, 3, weights);
        classify = SeededConv.Create(width, config.Classes, 1, bias: true, weights);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(FeatureMaps maps, Tensor images)
    {
        using var scope = NewDisposeScope();
        var top = pooling.forward(Resized(maps.Layers[^1], sides[^1]));                             // [B, width, s, s], s the smallest side
        var (levels, above) = (new List<Tensor> { Resized(top, sides[0]) }, top);
        for (var i = lateral.Count - 1; i >= 0; i--)
        {
            above = Resized(lateral[i].forward(maps.Layers[i]), sides[i]) + Resized(above, sides[i]);
            levels.Add(Resized(smooth[i].forward(above), sides[0]));
        }

        var logits = classify.forward(fuse.forward(cat(levels, 1)));                                // [B, L, S, S], S the largest side
        return Resized(logits, images.shape[2]).MoveToOuterDisposeScope();
    }

    private static Tensor Resized(Tensor image, long side) =>
        functional.interpolate(image, [side, side], mode: InterpolationMode.Bilinear, align_corners: false);
}
