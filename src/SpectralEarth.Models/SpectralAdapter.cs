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
        register_module("0", first);
        register_module("1", firstNorm);
        register_module("3", second);
        register_module("4", secondNorm);
        register_module("6", third);
        register_module("7", thirdNorm);
    }

    /// <summary>Input bands C.</summary>
    public int Bands { get; }

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
        var x = functional.relu(firstNorm.forward(first.forward(spectra.unsqueeze(2))));
        x = functional.relu(secondNorm.forward(second.forward(x)));
        x = functional.relu(thirdNorm.forward(third.forward(x)));
        return x.mean([1]).MoveToOuterDisposeScope();
    }
}
