using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Adapter;

/// <summary>
/// Adapter without blind channels that knows wavelengths. Each hidden feature is the integral of the spectrum times a
/// learned function of wavelength, a sum of cosines, so that no weight belongs to a channel: the bands of any sensor, in any
/// order, fit the same weights. That is the idea of DOFA's wavelength-conditioned first layer (Xiong et al. 2024) with
/// a linear generator of weights in place of a transformer.
/// </summary>
internal sealed class WavelengthAdapter : SpectralAdapter
{
    private const int Hidden = 256;

    private static readonly SlidingProduct Mixing = SlidingProduct.Pointwise(Hidden, Features);

    private readonly double[] transform;
    private readonly Parameter response, mix;
    private readonly BatchNormalization norm1, norm2;

    /// <param name="wavelengthsNm">Centre wavelengths in channel order, nm.</param>
    /// <param name="weights">Source of first weights.</param>
    internal WavelengthAdapter(IReadOnlyList<double> wavelengthsNm, FirstWeights weights)
        : base(nameof(WavelengthAdapter), wavelengthsNm.Count)
    {
        transform = WavelengthBasis.Matrix(wavelengthsNm);
        (response, mix) = (Parameter(empty(Hidden, WavelengthBasis.Waves)), Parameter(empty(Features, Hidden)));
        (norm1, norm2) = (new(Hidden), new(Features));
        weights.Convolution(response, bias: null);
        weights.Convolution(mix, bias: null);
        RegisterComponents();
    }

    private protected override Tensor Transform(Tensor spectra)
    {
        var hidden = spectra.matmul(Kernel());                                                                           // [M, 256]
        var mixed = NormalizedLayer.Apply(hidden, norm1, left: null, mix.t(), Mixing);                                   // [M, 128]
        return NormalizedLayer.Apply(mixed, norm2, left: null, kernel: null, product: null);
    }

    internal override Tensor ForwardPlain(Tensor spectra)
    {
        using var scope = NewDisposeScope();
        var x = functional.relu(norm1.forward(spectra.matmul(Kernel())));
        return functional.relu(norm2.forward(functional.linear(x, mix))).MoveToOuterDisposeScope();
    }

    /// <summary>The learned functions at the bands' wavelengths, [C, 256].</summary>
    private Tensor Kernel() =>
        tensor(transform, [Bands, WavelengthBasis.Waves], response.dtype, response.device).matmul(response.t());
}
