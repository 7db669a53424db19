using SpectralEarth.Recipes;

namespace SpectralEarth.Models;

/// <summary>Pixels that the spectral adapter sees during pretraining.</summary>
public enum AdapterInput
{
    /// <summary>Pixels of visible tokens only; batch statistics are over those.</summary>
    Visible,

    /// <summary>All pixels, as the reference implementation; batch statistics are over all.</summary>
    All,
}

/// <summary>What hidden tokens look at in the decoder.</summary>
public enum DecoderForm
{
    /// <summary>All tokens, visible and hidden (He et al. 2022).</summary>
    Self,

    /// <summary>The encoder's tokens only (CrossMAE, Fu et al. 2024).</summary>
    Cross,
}

/// <summary>Shape and objective of a masked autoencoder; defaults are SpectralEarth's.</summary>
public sealed record MaeConfig : IRecipePart
{
    /// <summary>Network that is kept after pretraining.</summary>
    public EncoderConfig Encoder { get; init; } = new();

    /// <summary>Width of the decoder; a multiple of 4 and of <see cref="DecoderHeads"/>.</summary>
    public int DecoderWidth { get; init; } = 512;

    /// <summary>Transformer blocks of the decoder.</summary>
    public int DecoderDepth { get; init; } = 1;

    /// <summary>Attention heads of the decoder.</summary>
    public int DecoderHeads { get; init; } = 16;

    /// <summary>What hidden tokens look at in the decoder.</summary>
    public DecoderForm DecoderForm { get; init; } = DecoderForm.Self;

    /// <summary>Share of the hidden tokens whose pixels are predicted, in (0, 1]; which ones is random, per sample and step.</summary>
    public double PredictedShare { get; init; } = 1;

    /// <summary>Share of the groups of bands that are hidden in visible tokens too, in [0, 1).</summary>
    public double SpectralMaskRatio { get; init; }

    /// <summary>Neighbouring bands that are hidden together.</summary>
    public int SpectralMaskGroup { get; init; } = 12;

    /// <summary>Share of tokens hidden from the encoder, in (0, 1).</summary>
    public double MaskRatio { get; init; } = 0.9;

    /// <summary>Whether each token's target is brought to mean 0 and variance 1 (He et al. 2022, section 3).</summary>
    public bool NormalizedTarget { get; init; } = true;

    /// <summary>Pixels that the spectral adapter sees.</summary>
    public AdapterInput AdapterInput { get; init; } = AdapterInput.Visible;

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        Encoder.AddRules(rules);
        rules.Require(Encoder.IsTransformer, "a residual network has no tokens to hide: a masked autoencoder needs a transformer.");
        rules.Require(Encoder.Positions == PositionalEmbedding.SineCosine,
            "positions must be sine_cosine: a masked autoencoder has fixed positions.");
        CheckMasking(rules);
        CheckDecoder(rules, "decoder_");
    }

    /// <summary>Notes what is wrong with the shares that are hidden.</summary>
    public void CheckMasking(RuleBook rules)
    {
        SpectralMasking.Check(Encoder.Bands, SpectralMaskRatio, SpectralMaskGroup, rules);
        rules.Require(MaskRatio is > 0 and < 1, $"mask_ratio must lie in (0, 1) but is {MaskRatio}.");
        if (Encoder.TokenSize <= 0 || MaskRatio is not (> 0 and < 1))
            return;
        var visible = RandomMasking.KeptTokens(Encoder.Tokens, MaskRatio);
        rules.Require(visible > 0 && visible < Encoder.Tokens,
            $"mask_ratio {MaskRatio} leaves {visible} of {Encoder.Tokens} tokens visible; at least one must be visible and one hidden.");
    }

    /// <summary>Notes what is wrong with the decoder.</summary>
    /// <param name="rules">Receives the broken rules.</param>
    /// <param name="prefix">What the names of width, depth and heads begin with where the messages are read.</param>
    public void CheckDecoder(RuleBook rules, string prefix)
    {
        rules.Require(DecoderWidth > 0 && DecoderHeads > 0 && DecoderWidth % DecoderHeads == 0,
            $"{prefix}heads {DecoderHeads} must divide {prefix}width {DecoderWidth}.");
        rules.Require(DecoderWidth % 4 == 0, $"{prefix}width must be a multiple of 4 but is {DecoderWidth}.");
        rules.Require(DecoderDepth > 0, $"{prefix}depth must be positive but is {DecoderDepth}.");
        rules.Require(PredictedShare is > 0 and <= 1, $"predicted_share must lie in (0, 1] but is {PredictedShare}.");
    }

    /// <summary>Hidden tokens of each sample that are predicted, at least one.</summary>
    /// <param name="hidden">Hidden tokens M of a sample.</param>
    public long PredictedTokens(long hidden) => Math.Max(1, (long)Math.Round(hidden * PredictedShare));
}
