using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Adapter;

/// <summary>Weights of a convolution along the spectrum, in the reference's shape [Out, In, K, 1, 1].</summary>
internal sealed class SpectralConvolution : Module<Tensor, Tensor>
{
    internal readonly Parameter weight, bias;
    private readonly long inputs, outputs;

    internal SpectralConvolution(long inputs, long outputs, int taps, int stride, FirstWeights weights)
        : base("Conv3d")
    {
        (this.inputs, this.outputs, Taps, Stride) = (inputs, outputs, taps, stride);
        weight = Parameter(empty([outputs, inputs, taps, 1, 1]));
        bias = Parameter(empty(outputs));
        weights.Convolution(weight, bias);
        RegisterComponents();
    }

    /// <summary>Kernel length K in spectral positions.</summary>
    internal int Taps { get; }

    /// <summary>Step between windows in spectral positions.</summary>
    internal int Stride { get; }

    /// <summary>Spectral positions after this layer; one position of zeros is padded at both ends.</summary>
    internal int OutputLength(int length) => ((length + 2 - Taps) / Stride) + 1;

    /// <summary>Plain form: [M, L, In] to [M, L', Out].</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var kernel = weight.reshape(outputs, inputs, Taps);
        return functional.conv1d(input.transpose(1, 2), kernel, bias, stride: Stride, padding: 1)
            .transpose(1, 2).MoveToOuterDisposeScope();
    }
}
