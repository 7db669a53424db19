using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Adapter;

/// <summary>Weights of a convolution along the spectrum, in the reference's shape [Out, In, K, 1, 1].</summary>
internal sealed class SpectralConvolution : Module<Tensor, Tensor>
{
    internal readonly Parameter weight, bias;

    internal SpectralConvolution(long inputs, long outputs, int taps, int stride, FirstWeights weights)
        : base("Conv3d")
    {
        (Inputs, Outputs, Taps, Stride) = (inputs, outputs, taps, stride);
        weight = Parameter(empty([outputs, inputs, taps, 1, 1]));
        bias = Parameter(empty(outputs));
        weights.Convolution(weight, bias);
        RegisterComponents();
    }

    /// <summary>Channels per input position.</summary>
    internal long Inputs { get; }

    /// <summary>Channels per output position.</summary>
    internal long Outputs { get; }

    /// <summary>Kernel length K in spectral positions.</summary>
    internal int Taps { get; }

    /// <summary>Step between windows in spectral positions.</summary>
    internal int Stride { get; }

    /// <summary>Spectral positions after this layer; one position of zeros is padded at both ends.</summary>
    internal int OutputLength(int length) => ((length + 2 - Taps) / Stride) + 1;

    /// <summary>Input positions that the first <paramref name="used"/> outputs depend on, counted from the start.</summary>
    internal int Reach(int used) => (Stride * (used - 1)) - 1 + Taps;

    /// <summary>Plain form: [M, In, L] to [M, Out, L'].</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var kernel = weight.reshape(Outputs, Inputs, Taps);
        return functional.conv1d(input, kernel, bias, stride: Stride, padding: 1).MoveToOuterDisposeScope();
    }
}
