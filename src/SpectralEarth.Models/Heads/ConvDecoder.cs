using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Heads;

/// <summary>
/// The reference's <c>conv_head</c>: log2(image size / map size) stages of bilinear upsampling by 2 and a 3 x 3 convolution of
/// width 128, 64, ..., L with batch normalisation and ReLU between stages.
/// </summary>
internal sealed class ConvDecoder : PixelDecoder
{
    private readonly Sequential layers;

    internal ConvDecoder(int width, int reduction, int classes, FirstWeights weights)
        : base(nameof(ConvDecoder))
    {
        var stages = int.Log2(reduction);
        var parts = new List<Module<Tensor, Tensor>>();
        var (inputs, outputs) = (width, 128);
        for (var stage = 1; stage <= stages; stage++, (inputs, outputs) = (outputs, outputs / 2))
        {
            var last = stage == stages;
            parts.Add(Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bilinear, align_corners: false));
            parts.Add(SeededConv.Create(inputs, last ? classes : outputs, 3, bias: true, weights));
            if (!last)
                parts.AddRange([BatchNorm2d(outputs), ReLU()]);
        }

        layers = Sequential(parts);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(FeatureMaps maps, Tensor images) => layers.forward(maps.Layers[^1]);
}
