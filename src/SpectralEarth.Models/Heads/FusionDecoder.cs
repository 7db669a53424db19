using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Heads;

/// <summary>
/// Joins context from tokens with detail from pixels: both are projected to one width and added (a 1 x 1 convolution
/// of their concatenation), then one 3 x 3 convolution decides with the neighbours in sight. A linear classifier of the
/// pixel's own spectrum and of the mean spectra around it is added to the logits: with few labels it is hard to beat, it
/// sees the bands that the adapter drops, it can take the light of the neighbours out of a pixel, and the network starts
/// from it rather than having to find it.
/// </summary>
internal sealed class FusionDecoder : PixelDecoder
{
    private readonly Conv2d context, detail, mix, classify, spectral;
    private readonly BatchNorm2d join_norm, mix_norm;

    internal FusionDecoder(int bands, int contextWidth, int pixelWidth, int width, int classes, FirstWeights weights)
        : base(nameof(FusionDecoder))
    {
        context = SeededConv.Create(contextWidth, width, 1, bias: false, weights);
        detail = SeededConv.Create(pixelWidth, width, 1, bias: false, weights);
        join_norm = BatchNorm2d(width);
        mix = SeededConv.Create(width, width, 3, bias: false, weights);
        mix_norm = BatchNorm2d(width);
        classify = SeededConv.Create(width, classes, 1, bias: true, weights);
        spectral = SeededConv.Create(SpectralInputs(bands), classes, 1, bias: false, weights);
        using (no_grad())
        {
            // The network begins as the linear classifier and learns what that one gets wrong.
            spectral.weight.zero_();
            classify.weight.zero_();
        }

        RegisterComponents();
    }

    /// <summary>Inputs of the linear classifier for C bands: 3 C.</summary>
    internal static int SpectralInputs(int bands) => 3 * bands;

    /// <summary>Each pixel's spectrum and the mean spectra of the 3 x 3 and 5 x 5 pixels around it.</summary>
    /// <param name="spectra">Normalised images, [B, C, H, W].</param>
    /// <returns>[B, 3 C, H, W]; windows end at the image's edge.</returns>
    internal static Tensor Surroundings(Tensor spectra)
    {
        using var scope = NewDisposeScope();
        return cat([spectra, Mean(3), Mean(5)], 1).MoveToOuterDisposeScope();

        Tensor Mean(long side) => functional.avg_pool2d(spectra, side, stride: 1, padding: side / 2, count_include_pad: false);
    }

    /// <summary>Sets the linear classifier of spectra and their surroundings.</summary>
    /// <param name="weights">[L, 3 C].</param> <param name="biases">[L].</param>
    internal void SetSpectralClassifier(Tensor weights, Tensor biases)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        spectral.weight.copy_(weights.unsqueeze(-1).unsqueeze(-1));
        classify.bias!.copy_(biases);
    }

    /// <inheritdoc/>
    public override Tensor forward(FeatureMaps maps, Tensor images)
    {
        using var scope = NewDisposeScope();
        var pixels = maps.Pixels!;                                                                               // [B, 128, H, W]
        var upsampled = functional.interpolate(
            context.forward(maps.Layers[^1]), pixels.shape[2..], mode: InterpolationMode.Bilinear, align_corners: false);
        var joined = functional.relu(join_norm.forward(detail.forward(pixels) + upsampled));
        var mixed = functional.relu(mix_norm.forward(mix.forward(joined)));
        return (classify.forward(mixed) + spectral.forward(Surroundings(images))).MoveToOuterDisposeScope();
    }
}
