using SpectralEarth.Models.Heads;
using SpectralEarth.Models.Layers;
using static TorchSharp.torch;

namespace SpectralEarth.Models;

/// <summary>
/// A class per pixel from an <see cref="Models.Encoder"/>: state-dict keys <c>encoder.*</c>, which are those of a
/// pretrained <see cref="MaskedAutoencoder"/>, and <c>decoder.*</c>.
/// </summary>
public sealed class SegmentationModel : TaskModel
{
    private readonly Encoder encoder;
    private readonly PixelDecoder decoder;

    /// <param name="config">Shape of the network.</param>
    /// <param name="seed">Decides the first weights.</param>
    /// <exception cref="Recipes.RecipeException">The shape is impossible; lists all broken rules.</exception>
    public SegmentationModel(SegmentationConfig config, long seed = 0)
        : base(nameof(SegmentationModel))
    {
        Config = Recipes.RuleBook.Accepted(config);
        var weights = new FirstWeights(seed);
        var shape = config.Encoder;
        encoder = Encoder.Create(shape, weights, config.IsDilated);
        decoder = config.Decoder switch
        {
            SegmentationDecoder.Fusion => new FusionDecoder(shape.Bands, shape.FeatureWidth, SpectralAdapter.Features, config.DecoderWidth, config.Classes, weights),
            SegmentationDecoder.Conv => new ConvDecoder(shape.FeatureWidth, config.Reduction, config.Classes, weights),
            SegmentationDecoder.Linear => new LinearDecoder(shape.FeatureWidth, config.Classes, weights),
            SegmentationDecoder.Fcn => new FcnDecoder(shape.FeatureWidth, config.Classes, weights),
            SegmentationDecoder.Upernet => new UpernetDecoder(config, weights),
            _ => throw new ArgumentOutOfRangeException(nameof(config), config.Decoder, "There is no such decoder."),
        };
        RegisterComponents();
    }

    /// <summary>Shape of the network.</summary>
    public SegmentationConfig Config { get; }

    /// <inheritdoc/>
    public override Encoder Encoder => encoder;

    /// <summary>What the fusion decoder's linear classifier sees: each pixel's spectrum, the mean spectra of the 3 x 3 and 5 x 5 pixels around it, and tokens.</summary>
    /// <param name="input">Normalised images, [B, C, H, W].</param>
    /// <returns>[B, 3 C + D, H, W].</returns>
    public Tensor LinearInputs(Tensor input)
    {
        using var scope = NewDisposeScope();
        return FusionDecoder.LinearInputs(encoder.Maps(input, Config.Taps), input).MoveToOuterDisposeScope();
    }

    /// <summary>Sets the fusion decoder's linear classifier of <see cref="LinearInputs"/>.</summary>
    /// <param name="weights">Weights per class and input, [L, 3 C + D].</param>
    /// <param name="biases">Bias per class, [L].</param>
    /// <exception cref="InvalidOperationException">The decoder is of another kind.</exception>
    public void SetLinearClassifier(Tensor weights, Tensor biases)
    {
        if (decoder is not FusionDecoder fusion)
            throw new InvalidOperationException($"Only a fusion decoder classifies spectra linearly; this one is {Config.Decoder}.");
        fusion.SetLinearClassifier(weights, biases);
    }

    /// <param name="input">Normalised images, [B, C, H, W].</param>
    /// <returns>Logits, [B, L, H, W].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var maps = encoder.Maps(input, Config.Taps);
        return decoder.forward(maps, input).MoveToOuterDisposeScope();
    }
}
