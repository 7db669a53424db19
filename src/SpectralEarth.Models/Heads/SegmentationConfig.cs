using System.Text.Json.Serialization;
using SpectralEarth.Recipes;

namespace SpectralEarth.Models;

/// <summary>How an encoder's features become a class per pixel.</summary>
public enum SegmentationDecoder
{
    /// <summary>The last map upsampled and joined with the adapter's features of each pixel, so that single pixels stay visible.</summary>
    Fusion,

    /// <summary>The reference's <c>conv_head</c>: upsampling by 2 and a 3 x 3 convolution per stage, last map only.</summary>
    Conv,

    /// <summary>A linear layer on the last map, upsampled.</summary>
    Linear,

    /// <summary>The reference's <c>fcn</c>: two convolutions on a residual network whose strides are dilations.</summary>
    Fcn,

    /// <summary>UPerNet (Xiao et al. 2018) on four maps from different depths.</summary>
    Upernet,
}

/// <summary>Shape of a semantic-segmentation network.</summary>
public sealed record SegmentationConfig : IRecipePart
{
    /// <summary>Pretrained part.</summary>
    public EncoderConfig Encoder { get; init; } = new();

    /// <summary>Classes L.</summary>
    public int Classes { get; init; }

    /// <summary>How an encoder's features become a class per pixel.</summary>
    public SegmentationDecoder Decoder { get; init; } = SegmentationDecoder.Fusion;

    /// <summary>Channels of the <see cref="SegmentationDecoder.Fusion"/> and <see cref="SegmentationDecoder.Upernet"/> decoders.</summary>
    public int DecoderWidth { get; init; } = 64;

    /// <summary>True if the encoder has dilations in place of strides.</summary>
    public bool IsDilated => Decoder == SegmentationDecoder.Fcn;

    /// <summary>True if the decoder, too, has weights of the bands: they belong to channels, whatever the wavelengths that an adapter goes by.</summary>
    public bool DecodesChannels => Decoder == SegmentationDecoder.Fusion;

    /// <summary>
    /// Layers whose maps the decoder takes, 0-based. UPerNet's four lie after a third, a half, two thirds and all of a transformer's
    /// blocks (3, 5, 7, 11 of twelve), and after each stage of a residual network.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<int> Taps
    {
        get
        {
            var layers = Encoder.LayerCount;
            return Decoder != SegmentationDecoder.Upernet ? [layers - 1]
                : Encoder.IsTransformer ? [Math.Max((layers / 3) - 1, 0), Math.Max((layers / 2) - 1, 0), Math.Max((2 * layers / 3) - 1, 0), layers - 1]
                : [.. Enumerable.Range(0, layers)];
        }
    }

    /// <summary>Cells along one side that UPerNet pools the deepest map over, per branch (Zhao et al. 2017, section 3.2).</summary>
    public static IReadOnlyList<int> PoolingCells { get; } = [1, 2, 3, 6];

    /// <summary>Sides of the levels of UPerNet's pyramid, largest first.</summary>
    [JsonIgnore]
    public IReadOnlyList<int> PyramidSides
    {
        get
        {
            var (side, most) = (Encoder.TokensPerSide, Encoder.PatchSize);
            return Encoder.IsTransformer
                ? [Math.Min(4 * side, most), Math.Min(2 * side, most), side, (side + 1) / 2]
                : [.. Taps.Select(Encoder.MapSide)];
        }
    }

    /// <summary>How many pixels of the image one pixel of the last map covers along a side, if that is a whole number; else 0.</summary>
    internal int Reduction
    {
        get
        {
            var side = Encoder.MapSide(Encoder.LayerCount - 1);
            return Encoder.PatchSize % side == 0 ? Encoder.PatchSize / side : 0;
        }
    }

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        Encoder.AddRules(rules);
        rules.Require(Classes >= 2, $"classes must be at least 2 but is {Classes}.");
        rules.Require(DecoderWidth > 0, $"decoder_width must be positive but is {DecoderWidth}.");
        rules.Require(Decoder != SegmentationDecoder.Fusion || Encoder.HasAdapter,
            "decoder fusion needs the pixel features of a spectral adapter, which this encoder has not: take another decoder.");
        rules.Require(Decoder != SegmentationDecoder.Fcn || !Encoder.IsTransformer,
            "decoder fcn needs a residual network, whose strides can be replaced by dilations: take another decoder.");
        var isImage = Encoder.PatchSize > 0 && Encoder.LayerCount > 0 && (!Encoder.IsTransformer || (Encoder.TokenSize > 0 && Encoder.TokensPerSide > 0));
        var reduction = Decoder == SegmentationDecoder.Conv && isImage ? Reduction : 2;
        rules.Require(reduction > 1 && int.IsPow2(reduction), Encoder.IsTransformer
            ? $"decoder conv needs a token_size that is a power of two above 1 but it is {Encoder.TokenSize}."
            : $"decoder conv needs a patch_size that the strides of the residual network divide, but it is {Encoder.PatchSize}.");
    }
}
