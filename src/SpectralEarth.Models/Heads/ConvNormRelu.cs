using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Heads;

/// <summary>A convolution that keeps the image size, batch normalisation, ReLU.</summary>
internal sealed class ConvNormRelu : Module<Tensor, Tensor>
{
    private readonly Conv2d conv;
    private readonly BatchNorm2d norm;

    internal ConvNormRelu(int inputs, int outputs, int kernel, FirstWeights weights)
        : base(nameof(ConvNormRelu))
    {
        (conv, norm) = (SeededConv.Create(inputs, outputs, kernel, bias: false, weights), BatchNorm2d(outputs));
        RegisterComponents();
    }

    /// <param name="input">[B, In, h, w].</param>
    /// <returns>[B, Out, h, w].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return functional.relu(norm.forward(conv.forward(input))).MoveToOuterDisposeScope();
    }
}
