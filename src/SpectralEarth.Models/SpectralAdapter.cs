using SpectralEarth.Models.Adapter;
using SpectralEarth.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models;

/// <summary>
/// Turns the spectrum of each pixel into 128 features: three convolutions along the spectrum with batch
/// normalisation and ReLU, then the mean over the remaining positions (SpectralEarth, arXiv 2408.08447).
/// State-dict keys are the reference's (<c>0.weight</c> ... <c>7.num_batches_tracked</c>).
/// </summary>
public sealed class SpectralAdapter : Module<Tensor, Tensor>
{
    /// <summary>Features per pixel.</summary>
    public const int Features = 128;

    /// <summary>Shortest spectrum that leaves one position after the three convolutions.</summary>
    public const int MinimumBands = 75;

    private readonly SpectralConvolution first, second, third;
    private readonly AdapterShape wholeShape, neededShape;
    private readonly SpectralBatchNorm firstNorm, secondNorm, thirdNorm;

    /// <param name="bands">Input bands C.</param>
    /// <param name="seed">Decides the first weights.</param>
    public SpectralAdapter(int bands, long seed)
        : this(bands, new FirstWeights(seed))
    {
    }

    internal SpectralAdapter(int bands, FirstWeights weights)
        : base(nameof(SpectralAdapter))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bands, MinimumBands);
        Bands = bands;
        first = new SpectralConvolution(1, 32, taps: 7, stride: 5, weights);
        second = new SpectralConvolution(32, 64, taps: 7, stride: 5, weights);
        third = new SpectralConvolution(64, Features, taps: 5, stride: 3, weights);
        (firstNorm, secondNorm, thirdNorm) = (new(32), new(64), new(Features));
        (wholeShape, neededShape) = (AdapterShape.Of(bands, first, second, third, all: true), AdapterShape.Of(bands, first, second, third, all: false));
        RegisterComponents();
    }

    /// <summary>Input bands C.</summary>
    public int Bands { get; }

    /// <summary>
    /// Whether the tracked statistics are used, and left alone, in training mode too: for protocols that freeze the
    /// adapter. The reference lets them drift.
    /// </summary>
    public bool FrozenStatistics { get; set; }

    /// <param name="input">Normalised images, [B, C, H, W].</param>
    /// <returns>Pixel features, [B, 128, H, W], channels last in memory.</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var (b, h, w) = (input.shape[0], input.shape[2], input.shape[3]);
        var spectra = input.permute(0, 2, 3, 1).reshape(b * h * w, input.shape[1]);
        return ForwardSpectra(spectra).reshape(b, h, w, Features).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>The same computation for single pixels.</summary>
    /// <param name="spectra">Normalised spectra, [M, C].</param>
    /// <returns>Pixel features, [M, 128].</returns>
    public Tensor ForwardSpectra(Tensor spectra)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(spectra.shape[1], Bands);
        using var scope = NewDisposeScope();
        var ofBatch = training && !FrozenStatistics;
        var shape = ofBatch ? wholeShape : neededShape;
        var (kernel, shift) = FoldFirst(spectra, ofBatch);
        var two = FirstTwoLayers.Apply(spectra, kernel, shift, SlidingProduct.ToMatrix(second.weight), shape);
        var three = NormalizedLayer.Apply(
            two, Statistics(two, second, secondNorm, ofBatch), ofBatch, SlidingProduct.ToMatrix(third.weight), shape.Third);
        return NormalizedLayer.Apply(three, Statistics(three, third, thirdNorm, ofBatch), ofBatch, kernel: null, product: null)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The same by libtorch's own layers, all intermediate results at once; oracle of <see cref="ForwardSpectra"/>.</summary>
    internal Tensor ForwardPlain(Tensor spectra)
    {
        using var scope = NewDisposeScope();
        var ofBatch = training && !FrozenStatistics;
        var x = functional.relu(firstNorm.forward(first.forward(spectra.unsqueeze(2)), ofBatch));
        x = functional.relu(secondNorm.forward(second.forward(x), ofBatch));
        x = functional.relu(thirdNorm.forward(third.forward(x), ofBatch));
        return x.mean([1]).MoveToOuterDisposeScope();
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
    private (Tensor Kernel, Tensor Shift) FoldFirst(Tensor spectra, bool ofBatch)
    {
        var kernel = SlidingProduct.ToMatrix(first.weight);
        var (mean, variance) = (firstNorm.running_mean, firstNorm.running_var);
        if (ofBatch)
        {
            var (windowMean, covariance) = WindowStatistics.Of(spectra, first);
            var exact = kernel.to(float64);
            mean = windowMean.matmul(exact).to(kernel.dtype) + first.bias;
            variance = (exact * covariance.matmul(exact)).sum([0]).to(kernel.dtype);
            firstNorm.Track(mean, variance, spectra.shape[0] * first.OutputLength(Bands));
        }

        var scale = firstNorm.weight * (variance + SpectralBatchNorm.Epsilon).rsqrt();
        return (kernel * scale, firstNorm.bias + ((first.bias - mean) * scale));
    }

    /// <summary>Normalisation of a convolution's result without bias, [M, L * Channels].</summary>
    private static (Tensor Weight, Tensor Bias, Tensor Center, Tensor Variance) Statistics(
        Tensor raw, SpectralConvolution layer, SpectralBatchNorm norm, bool ofBatch)
    {
        if (!ofBatch)
            return (norm.weight, norm.bias, norm.running_mean - layer.bias, norm.running_var);
        var (mean, variance, count) = BatchStatistics.Of(raw, layer.Outputs);
        norm.Track(mean + layer.bias, variance, count);
        return (norm.weight, norm.bias, mean + (layer.bias * 0), variance);     // a zero gradient, as in the reference
    }
}
