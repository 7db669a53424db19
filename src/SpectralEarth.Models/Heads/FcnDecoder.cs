using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Heads;

/// <summary>
/// The reference's <c>fcn</c> (Long et al. 2015, with torchvision's head): a 3 x 3 convolution to an eighth of the channels, batch
/// normalisation, ReLU, and a linear classifier of each pixel of a dilated residual network.
/// </summary>
internal sealed class FcnDecoder : PixelDecoder
{
    private readonly Sequential layers;

    internal FcnDecoder(int inputs, int classes, FirstWeights weights)
        : base(nameof(FcnDecoder))
    {
        var width = inputs / 8;
        layers = Sequential(
            SeededConv.Create(inputs, width, 3, bias: false, weights), BatchNorm2d(width), ReLU(),
            SeededConv.Create(width, classes, 1, bias: true, weights));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(FeatureMaps maps, Tensor images) => layers.forward(maps.Layers[^1]);
}
