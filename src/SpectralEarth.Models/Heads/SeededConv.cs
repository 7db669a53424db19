using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Heads;

/// <summary>Two-dimensional convolutions that keep the image size, with seeded first weights.</summary>
internal static class SeededConv
{
    internal static Conv2d Create(int inputs, int outputs, int kernel, bool bias, FirstWeights weights)
    {
        var layer = Conv2d(inputs, outputs, kernel, padding: kernel / 2, bias: bias);
        weights.Convolution(layer.weight, layer.bias);
        return layer;
    }
}
