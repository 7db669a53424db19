using SpectralEarth.Recipes;

namespace SpectralEarth.Models;

/// <summary>How token features become a class per pixel.</summary>
public enum SegmentationDecoder
{
    /// <summary>Upsampled tokens joined with the adapter's features of each pixel, so that single pixels stay visible.</summary>
    Fusion,

    /// <summary>The reference's <c>conv_head</c>: upsampling by 2 and a 3 x 3 convolution per stage, tokens only.</summary>
    Conv,

    /// <summary>A linear layer on tokens, upsampled.</summary>
    Linear,
}

/// <summary>Shape of a semantic-segmentation network.</summary>
public sealed record SegmentationConfig
{
    /// <summary>Pretrained part.</summary>
    public EncoderConfig Encoder { get; init; } = new();

    /// <summary>Classes L.</summary>
    public int Classes { get; init; }

    /// <summary>How token features become a class per pixel.</summary>
    public SegmentationDecoder Decoder { get; init; } = SegmentationDecoder.Fusion;

    /// <summary>Channels of the <see cref="SegmentationDecoder.Fusion"/> decoder.</summary>
    public int DecoderWidth { get; init; } = 64;

    /// <summary>Notes every rule that this shape breaks.</summary>
    public void Check(RuleBook rules)
    {
        Encoder.Check(rules);
        rules.Require(Classes >= 2, $"classes must be at least 2 but is {Classes}.");
        rules.Require(DecoderWidth > 0, $"decoder_width must be positive but is {DecoderWidth}.");
        rules.Require(Decoder != SegmentationDecoder.Fusion || Encoder.HasAdapter,
            "decoder fusion needs the pixel features of a spectral adapter, which this encoder has not: take another decoder.");
        rules.Require(Decoder != SegmentationDecoder.Conv || (Encoder.TokenSize > 1 && int.IsPow2(Encoder.TokenSize)),
            $"decoder conv needs a token_size that is a power of two above 1 but it is {Encoder.TokenSize}.");
    }
}
