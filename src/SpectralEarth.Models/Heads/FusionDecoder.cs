using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Heads;

/// <summary>
/// Joins context from tokens with detail from pixels: both are projected to one width and added (a 1 x 1 convolution
/// of their concatenation), then one 3 x 3 convolution decides with the neighbours in sight. A linear classifier of the
/// pixel's own spectrum, of the mean spectra around it and of the tokens there is added to the logits: with few labels it is hard
/// to beat, it sees the bands that the adapter drops, it can take the light of the neighbours out of a pixel, and the
/// network starts from it rather than having to find it.
/// </summary>
internal sealed class FusionDecoder : PixelDecoder
{
    private readonly Conv2d context, detail, mix, classify, spectral, token;
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
        spectral = SeededConv.Create(3 * bands, classes, 1, bias: false, weights);
        token = SeededConv.Create(contextWidth, classes, 1, bias: false, weights);
        using (no_grad())
        {
            // The network begins as the linear classifier and learns what that one gets wrong.
            spectral.weight.zero_();
            token.weight.zero_();
            classify.weight.zero_();
        }

        RegisterComponents();
    }

    /// <summary>What the linear classifier sees: each pixel's spectrum, the mean spectra of the 3 x 3 and 5 x 5 pixels around it, and tokens.</summary>
    /// <param name="maps">Features of the images.</param>
    /// <param name="images">Normalised images, [B, C, H, W].</param>
    /// <returns>[B, 3 C + D, H, W].</returns>
    internal static Tensor LinearInputs(FeatureMaps maps, Tensor images)
    {
        using var scope = NewDisposeScope();
        return cat([Surroundings(images), Upsampled(maps.Layers[^1], images)], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Each spectrum and the means around it.</summary>
    /// <param name="spectra">Normalised images, [B, C, H, W].</param>
    /// <returns>[B, 3 C, H, W]; windows end at the image's edge.</returns>
    private static Tensor Surroundings(Tensor spectra)
    {
        using var scope = NewDisposeScope();
        return cat([spectra, Mean(spectra, 3), Mean(spectra, 5)], 1).MoveToOuterDisposeScope();
    }

    private static Tensor Mean(Tensor images, long side) =>
        functional.avg_pool2d(images, side, stride: 1, padding: side / 2, count_include_pad: false);

    /// <summary>Sets the linear classifier of spectra and tokens.</summary>
    /// <param name="weights">[L, 3 C + D].</param> <param name="biases">[L].</param>
    internal void SetLinearClassifier(Tensor weights, Tensor biases)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var ofSpectra = (int)spectral.weight.shape[1];
        var kernels = weights.unsqueeze(-1).unsqueeze(-1);
        spectral.weight.copy_(kernels[.., ..ofSpectra]);
        token.weight.copy_(kernels[.., ofSpectra..]);
        classify.bias!.copy_(biases);
    }

    /// <inheritdoc/>
    public override Tensor forward(FeatureMaps maps, Tensor images)
    {
        using var scope = NewDisposeScope();
        var (pixels, tokens) = (maps.Pixels!, maps.Layers[^1]);    // [B, 128, H, W], [B, D, h, w]
        var joined = functional.relu(join_norm.forward(detail.forward(pixels) + Upsampled(context.forward(tokens), images)));
        var mixed = functional.relu(mix_norm.forward(mix.forward(joined)));
        var linear = Spectral(images) + Upsampled(token.forward(tokens), images);
        return (classify.forward(mixed) + linear).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The linear classifier's part of <see cref="Surroundings"/>. It commutes with means and interpolation, as these treat all channels
    /// alike, so it goes first: means over L scores per pixel instead of C bands.
    /// </summary>
    /// <param name="images">Normalised images, [B, C, H, W].</param>
    /// <returns>[B, L, H, W].</returns>
    private Tensor Spectral(Tensor images)
    {
        var (classes, bands) = (spectral.weight.shape[0], images.shape[1]);
        var kernels = spectral.weight.view(classes, 3, bands).transpose(0, 1).reshape(3 * classes, bands, 1, 1);
        var scores = functional.conv2d(images, kernels).chunk(3, dim: 1);      // of the spectrum, of 3 x 3, of 5 x 5
        return scores[0] + Mean(scores[1], 3) + Mean(scores[2], 5);
    }

    private static Tensor Upsampled(Tensor map, Tensor images) =>
        functional.interpolate(map, images.shape[2..], mode: InterpolationMode.Bilinear, align_corners: false);
}
