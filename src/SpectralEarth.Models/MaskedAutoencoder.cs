using SpectralEarth.Models.Layers;
using SpectralEarth.Models.Masking;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models;

/// <summary>
/// Masked autoencoder (He et al. 2022) on a <see cref="SpectralViT"/>: state-dict keys <c>encoder.*</c> and
/// <c>decoder.*</c>.
/// </summary>
public sealed class MaskedAutoencoder : Module
{
    private readonly SpectralViT encoder;
    private readonly MaskedDecoder decoder;

    /// <param name="config">Shape and objective.</param>
    /// <param name="seed">Decides the first weights.</param>
    /// <exception cref="Recipes.RecipeException">The shape is impossible; lists all broken rules.</exception>
    public MaskedAutoencoder(MaeConfig config, long seed = 0)
        : base(nameof(MaskedAutoencoder))
    {
        Config = Recipes.RuleBook.Accepted(config);
        var weights = new FirstWeights(seed);
        encoder = new SpectralViT(config.Encoder, weights);
        decoder = MaskedDecoder.Create(config, weights);
        RegisterComponents();
    }

    /// <summary>Shape and objective.</summary>
    public MaeConfig Config { get; }

    /// <summary>Network that is kept after pretraining.</summary>
    public SpectralViT Encoder => encoder;

    internal MaskedDecoder Decoder => decoder;

    /// <summary>Draws the mask of a training step with the configured ratios.</summary>
    /// <param name="batch">Samples B.</param>
    /// <param name="random">CPU generator; decides the mask.</param>
    /// <returns>Mask; the caller disposes it.</returns>
    public TokenMask DrawMask(long batch, Generator random)
    {
        var tokens = RandomMasking.Draw(batch, Config.Encoder.Tokens, Config.MaskRatio, random);
        return tokens with
        {
            Predicted = Config.PredictedTokens(tokens.Hidden.shape[1]),
            HiddenBands = Config.SpectralMaskRatio > 0
                ? SpectralMasking.Draw(batch, Config.Encoder.Bands, Config.SpectralMaskRatio, Config.SpectralMaskGroup, random)
                : null,
        };
    }

    /// <summary>Mean squared error of the predicted tokens' valid values; 0 if none is valid.</summary>
    /// <param name="images">Normalised images, [B, C, H, W].</param>
    /// <param name="mask">Visible and hidden tokens, on the images' device.</param>
    /// <param name="validity">1 for valid pixels, [B, H, W]; null if all are valid. Invalid pixels count neither in
    /// the target's normalisation nor in the loss.</param>
    /// <param name="bandValidity">1 for bands with data in a sample, float [B, C]; null if all have. Others do not count either.</param>
    /// <returns>Scalar.</returns>
    public Tensor Loss(Tensor images, TokenMask mask, Tensor? validity = null, Tensor? bandValidity = null)
    {
        using var scope = NewDisposeScope();
        var (prediction, target, weight) = Predict(images, mask, validity, bandValidity);
        return PixelTarget.Loss(prediction, target, weight).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Prediction and target of the predicted tokens and the weight of their values, null if all are valid; each
    /// [B, n, P * P * C] (row, column, band; band fastest).
    /// </summary>
    /// <inheritdoc cref="Loss"/>
    internal (Tensor Prediction, Tensor Target, Tensor? Weight) Predict(Tensor images, TokenMask mask, Tensor? validity = null, Tensor? bandValidity = null)
    {
        encoder.CheckImage(images);
        using var scope = NewDisposeScope();
        var pixels = TokenPixels.Split(images, Config.Encoder.TokenSize);               // [B, N, P * P, C]
        var weight = PredictedWeight(pixels, mask, validity, bandValidity);
        var target = Target(pixels, mask, weight);
        var prediction = decoder.forward(Encode(pixels, mask), mask);
        return (prediction.MoveToOuterDisposeScope(), target.MoveToOuterDisposeScope(), weight?.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// The images with all hidden tokens replaced by their predictions. A prediction of a normalised target has neither
    /// mean nor contrast of its own; it is given those of the true token, as in the figures of He et al. 2022.
    /// </summary>
    /// <param name="images">Normalised images, [B, C, H, W].</param>
    /// <param name="mask">Visible and hidden tokens.</param>
    /// <param name="validity">1 for valid pixels, [B, H, W]; null if all are valid.</param>
    /// <param name="bandValidity">1 for bands with data in a sample, float [B, C]; null if all have.</param>
    /// <returns>Normalised images, [B, C, H, W].</returns>
    public Tensor Reconstruct(Tensor images, TokenMask mask, Tensor? validity = null, Tensor? bandValidity = null)
    {
        encoder.CheckImage(images);
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var pixels = TokenPixels.Split(images, Config.Encoder.TokenSize);
        var whole = mask with { Predicted = mask.Hidden.shape[1] };
        var prediction = decoder.forward(Encode(pixels, mask), whole);
        if (Config.NormalizedTarget)
        {
            var hidden = TokenPixels.Gather(pixels, mask.Hidden).flatten(2);
            var (mean, deviation) = PixelTarget.Statistics(hidden, PredictedWeight(pixels, whole, validity, bandValidity));
            prediction = (prediction * deviation) + mean;
        }

        var all = pixels.flatten(2).scatter(1, mask.Hidden.unsqueeze(2).expand_as(prediction), prediction);
        return TokenPixels.Join(all.reshape(pixels.shape), Config.Encoder.TokenSize).MoveToOuterDisposeScope();
    }

    /// <summary>Encoder tokens after the final norm, class token first, [B, 1 + K, D].</summary>
    /// <param name="pixels">Pixels of all tokens, [B, N, P * P, C].</param>
    /// <param name="mask">Visible and hidden tokens.</param>
    internal Tensor Encode(Tensor pixels, TokenMask mask)
    {
        using var scope = NewDisposeScope();
        var core = encoder.Core;
        var tokens = Config.AdapterInput == AdapterInput.Visible
            ? core.Project(encoder.PixelFeatures(WithoutHiddenBands(TokenPixels.Gather(pixels, mask.Kept), mask)))
            : TokenPixels.Gather(core.Project(encoder.PixelFeatures(WithoutHiddenBands(pixels, mask))), mask.Kept);      // [B, K, D]
        return core.Normalize(core.Blocks(core.AddPositions(tokens, mask.Kept))).MoveToOuterDisposeScope();
    }

    /// <summary>Pixels of tokens [B, K, P * P, C] with hidden bands at 0, their mean.</summary>
    private static Tensor WithoutHiddenBands(Tensor pixels, TokenMask mask) =>
        mask.HiddenBands is null ? pixels : pixels.masked_fill(mask.HiddenBands.unsqueeze(1).unsqueeze(1), 0);

    private Tensor Target(Tensor pixels, TokenMask mask, Tensor? weight)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var target = TokenPixels.Gather(pixels, mask.PredictedTokens).flatten(2);              // [B, n, P * P * C]
        if (Config.NormalizedTarget)
        {
            var (mean, deviation) = PixelTarget.Statistics(target, weight);
            target.sub_(mean).div_(deviation);
        }

        return target.MoveToOuterDisposeScope();
    }

    /// <summary>Validity of the predicted tokens' values [B, n, P * P * C], or null if all pixels and bands are valid.</summary>
    private Tensor? PredictedWeight(Tensor pixels, TokenMask mask, Tensor? validity, Tensor? bandValidity)
    {
        using var scope = NewDisposeScope();
        var ofPixels = validity is null
            ? null
            : TokenPixels.Gather(TokenPixels.Split(validity.unsqueeze(1).to_type(pixels.dtype), Config.Encoder.TokenSize), mask.PredictedTokens);   // [B, n, P * P, 1]
        var ofBands = bandValidity?.to_type(pixels.dtype).unsqueeze(1).unsqueeze(1);                                                         // [B, 1, 1, C]
        var weight = ofPixels is null ? ofBands : ofBands is null ? ofPixels : ofPixels * ofBands;
        return weight?.expand(-1, mask.Predicted, pixels.shape[2], pixels.shape[3]).flatten(2).MoveToOuterDisposeScope();
    }
}
