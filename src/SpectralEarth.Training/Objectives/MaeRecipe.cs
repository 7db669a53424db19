using SpectralEarth.Models;
using SpectralEarth.Recipes;

namespace SpectralEarth.Training.Objectives;

/// <summary>Masked autoencoding (He et al. 2022): which pixels are hidden, and how they are predicted.</summary>
public sealed record MaeRecipe
{
    /// <summary>Decoder: needed for pretraining only.</summary>
    public DecoderRecipe Decoder { get; init; } = new();
    /// <summary>Share of tokens hidden from the encoder, in (0, 1); SpectralEarth uses 0.9.</summary>
    public double MaskRatio { get; init; } = 0.9;
    /// <summary>Share of the groups of neighbouring bands that are hidden in visible tokens too, in [0, 1).</summary>
    public double SpectralMaskRatio { get; init; }
    /// <summary>Neighbouring bands that are hidden together.</summary>
    public int SpectralMaskGroup { get; init; } = 12;
    /// <summary>Pixels that pass through the spectral adapter: those of visible tokens (fast), or all (as the reference).</summary>
    public AdapterInput AdapterInput { get; init; } = AdapterInput.Visible;
    /// <summary>Whether each token's target is scaled to mean 0 and variance 1 (He et al. 2022, section 3).</summary>
    public bool NormalizedTarget { get; init; } = true;
    /// <summary>Whether pixels and bands without data are kept out of the loss; false weighs them like the others, as the reference does.</summary>
    public bool ValidPixelsOnly { get; init; } = true;

    /// <summary>The network with an encoder of a given shape.</summary>
    public MaeConfig Model(EncoderConfig encoder) => new()
    {
        Encoder = encoder,
        DecoderWidth = Decoder.Width,
        DecoderDepth = Decoder.Depth,
        DecoderHeads = Decoder.Heads,
        DecoderForm = Decoder.Form,
        PredictedShare = Decoder.PredictedShare,
        SpectralMaskRatio = SpectralMaskRatio,
        SpectralMaskGroup = SpectralMaskGroup,
        MaskRatio = MaskRatio,
        NormalizedTarget = NormalizedTarget,
        AdapterInput = AdapterInput,
    };

    /// <summary>Adds the rules of this section for images of <paramref name="bands"/> bands and <paramref name="tokens"/> tokens; messages begin with a key of the section.</summary>
    public void AddRules(RuleBook rules, int bands, int tokens)
    {
        rules.Include("decoder", Decoder);
        SpectralMasking.Check(bands, SpectralMaskRatio, SpectralMaskGroup, rules);
        var visible = RandomMasking.KeptTokens(tokens, MaskRatio);
        rules.Require(MaskRatio is > 0 and < 1, $"mask_ratio must lie in (0, 1) but is {MaskRatio}.");
        rules.Require(MaskRatio is <= 0 or >= 1 || (visible > 0 && visible < tokens),
            $"mask_ratio {MaskRatio} leaves {visible} of {tokens} tokens visible; at least one must be visible and one hidden.");
    }
}

/// <summary>The decoder of the masked autoencoder; the default is SpectralEarth's.</summary>
public sealed record DecoderRecipe : IRecipePart
{
    /// <summary>What hidden tokens look at: all tokens, or the encoder's only (CrossMAE, Fu et al. 2024).</summary>
    public DecoderForm Form { get; init; } = DecoderForm.Self;
    /// <summary>Share of the hidden tokens whose pixels are predicted, in (0, 1]; which ones is random, per sample and step.</summary>
    public double PredictedShare { get; init; } = 1;
    /// <summary>Width of a token in the decoder.</summary>
    public int Width { get; init; } = 512;
    /// <summary>Number of transformer blocks.</summary>
    public int Depth { get; init; } = 1;
    /// <summary>Attention heads; must divide the width.</summary>
    public int Heads { get; init; } = 16;

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        rules.Require(Width > 0 && Width % 4 == 0, $"width must be a multiple of 4 (sine-cosine positions) but is {Width}.");
        rules.Require(Depth > 0, $"depth must be at least 1 but is {Depth}.");
        rules.Require(PredictedShare is > 0 and <= 1, $"predicted_share must lie in (0, 1] but is {PredictedShare}.");
        rules.Require(Heads > 0 && Width % Heads == 0, $"heads must divide width {Width} but is {Heads}.");
    }
}
