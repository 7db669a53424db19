using SpectralEarth.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Adapter;

/// <summary>
/// The reference's adapter (SpectralEarth, arXiv 2408.08447): three convolutions along the spectrum with batch
/// normalisation and ReLU, then the mean over the remaining positions. State-dict keys are the reference's
/// (<c>0.weight</c> ... <c>7.num_batches_tracked</c>).
/// </summary>
internal sealed class ConvolutionAdapter : SpectralAdapter
{
    private readonly SpectralConvolution first, second, third;
    private readonly AdapterShape wholeShape, neededShape;
    private readonly BatchNormalization firstNorm, secondNorm, thirdNorm;

    /// <param name="bands">Input bands C.</param>
    /// <param name="weights">Source of first weights.</param>
    internal ConvolutionAdapter(int bands, FirstWeights weights)
        : base(nameof(SpectralAdapter), bands)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bands, MinimumBands);
        first = new SpectralConvolution(1, 32, taps: 7, stride: 5, weights);
        second = new SpectralConvolution(32, 64, taps: 7, stride: 5, weights);
        third = new SpectralConvolution(64, Features, taps: 5, stride: 3, weights);
        (firstNorm, secondNorm, thirdNorm) = (new(32), new(64), new(Features));
        (wholeShape, neededShape) = (AdapterShape.Of(bands, first, second, third, all: true), AdapterShape.Of(bands, first, second, third, all: false));
        RegisterComponents();
    }

    private protected override Tensor Transform(Tensor spectra)
    {
        var shape = training ? wholeShape : neededShape;
        var (kernel, shift) = FoldFirst(spectra);
        var two = FirstTwoLayers.Apply(spectra, kernel, shift, SlidingProduct.ToMatrix(second.weight), shape);
        var three = NormalizedLayer.Apply(two, secondNorm, second.bias, SlidingProduct.ToMatrix(third.weight), shape.Third);
        return NormalizedLayer.Apply(three, thirdNorm, third.bias, kernel: null, product: null);
    }

    internal override Tensor ForwardPlain(Tensor spectra)
    {
        using var scope = NewDisposeScope();
        var x = functional.relu(firstNorm.forward(first.forward(spectra.unsqueeze(1))));                 // [M, 32, L]
        x = functional.relu(secondNorm.forward(second.forward(x)));
        x = functional.relu(thirdNorm.forward(third.forward(x)));
        return x.mean([2]).MoveToOuterDisposeScope();
    }

    /// <summary>Registers the layers under their places in the reference's sequence, not under field names.</summary>
    protected override void RegisterComponents()
    {
        if (named_children().Any())
            return;
        register_module("0", first);
        register_module("1", firstNorm);
        register_module("3", second);
        register_module("4", secondNorm);
        register_module("6", third);
        register_module("7", thirdNorm);
    }

    /// <summary>First kernel [K, 32] and shift [32] with their normalisation folded in, differentiable.</summary>
    private (Tensor Kernel, Tensor Shift) FoldFirst(Tensor spectra)
    {
        var kernel = SlidingProduct.ToMatrix(first.weight);
        var (mean, variance) = (firstNorm.running_mean, firstNorm.running_var);
        if (training)
        {
            var (windowMean, covariance) = WindowStatistics.Of(spectra, first);
            var exact = kernel.to(float64);
            mean = windowMean.matmul(exact).to(kernel.dtype) + first.bias;
            variance = (exact * covariance.matmul(exact)).sum([0]).to(kernel.dtype);
            firstNorm.Track(mean, variance, spectra.shape[0] * first.OutputLength(Bands) * (SharedBatch.Current?.Parts ?? 1));
        }

        var scale = firstNorm.weight! * (variance + BatchNormalization.Epsilon).rsqrt();
        return (kernel * scale, firstNorm.bias! + ((first.bias - mean) * scale));
    }
}
