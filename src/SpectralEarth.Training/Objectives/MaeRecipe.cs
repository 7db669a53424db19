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

    /// <summary>Adds the rules of this section with an encoder of a given shape; messages begin with a key of the section.</summary>
    public void AddRules(RuleBook rules, EncoderConfig encoder)
    {
        var model = Model(encoder);
        model.CheckMasking(rules);
        rules.Section("decoder", section => model.CheckDecoder(section, prefix: ""));
    }
}

/// <summary>The decoder of the masked autoencoder; the default is SpectralEarth's.</summary>
public sealed record DecoderRecipe
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
}
