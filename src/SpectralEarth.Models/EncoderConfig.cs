using SpectralEarth.Models.Layers;
using SpectralEarth.Recipes;

namespace SpectralEarth.Models;

/// <summary>Networks that can be an encoder.</summary>
public enum EncoderArchitecture
{
    /// <summary>Vision transformer behind a spectral adapter (SpectralEarth, arXiv 2408.08447).</summary>
    SpecVit,

    /// <summary>The same without adapter: tokens are projected from the bands themselves; for comparison.</summary>
    Vit,

    /// <summary>ResNet-50 behind a spectral adapter (SpectralEarth).</summary>
    SpecResnet50,

    /// <summary>ResNet-50 on the bands themselves; for comparison.</summary>
    Resnet50,
}

/// <summary>Published widths, depths and heads of transformers.</summary>
public enum EncoderSize
{
    /// <summary>Width 192, depth 12, 3 heads.</summary>
    Tiny,

    /// <summary>Width 384, depth 12, 6 heads.</summary>
    Small,

    /// <summary>Width 768, depth 12, 12 heads.</summary>
    Base,

    /// <summary>Width 1024, depth 24, 16 heads.</summary>
    Large,

    /// <summary>Width 1280, depth 32, 16 heads.</summary>
    Huge,

    /// <summary>Width 1536, depth 40, 24 heads.</summary>
    Giant,
}

/// <summary>How a transformer knows where its tokens lie.</summary>
public enum PositionalEmbedding
{
    /// <summary>Fixed two-dimensional sines and cosines (He et al. 2022, appendix A.1); frozen.</summary>
    SineCosine,

    /// <summary>One trained vector per token, class token included (Dosovitskiy et al. 2021, section 3.1).</summary>
    Learned,
}

/// <summary>Shape of an encoder. Tokens, width, depth, heads and positions concern transformers only.</summary>
public sealed record EncoderConfig : IRecipePart
{
    /// <summary>Network.</summary>
    public EncoderArchitecture Architecture { get; init; } = EncoderArchitecture.SpecVit;

    /// <summary>Input bands C.</summary>
    public int Bands { get; init; } = 202;

    /// <summary>How the spectrum of a pixel becomes features.</summary>
    public AdapterForm Adapter { get; init; } = AdapterForm.Reference;

    /// <summary>Centre wavelengths of the input bands, nm, in channel order; only <see cref="AdapterForm.Full"/> has them. No weight depends on their number.</summary>
    public IReadOnlyList<double>? WavelengthsNm { get; init; }

    /// <summary>Side of the input image, pixels.</summary>
    public int PatchSize { get; init; } = 128;

    /// <summary>Side of a token, pixels; must divide <see cref="PatchSize"/>.</summary>
    public int TokenSize { get; init; } = 4;

    /// <summary>Embedding width D.</summary>
    public int Width { get; init; } = 384;

    /// <summary>Number of transformer blocks.</summary>
    public int Depth { get; init; } = 12;

    /// <summary>Attention heads h; must divide <see cref="Width"/>.</summary>
    public int Heads { get; init; } = 6;

    /// <summary>Width of the hidden layer of each block's perceptron, as a multiple of <see cref="Width"/>.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Fixed or trained positions.</summary>
    public PositionalEmbedding Positions { get; init; } = PositionalEmbedding.SineCosine;

    /// <summary>True if a spectral adapter turns each pixel's spectrum into features first.</summary>
    public bool HasAdapter => Architecture is EncoderArchitecture.SpecVit or EncoderArchitecture.SpecResnet50;

    /// <summary>True if the network is a transformer, false if it is a residual network.</summary>
    public bool IsTransformer => Architecture is EncoderArchitecture.SpecVit or EncoderArchitecture.Vit;

    /// <summary>Width of the feature of an image, and of the map of the last layer.</summary>
    public int FeatureWidth => MapWidth(LayerCount - 1);

    /// <summary>Number of layers in the sense of <see cref="Encoder.Layers"/>.</summary>
    public int LayerCount => IsTransformer ? Depth : SpectralResNet50.Bottlenecks.Count;

    /// <summary>Tokens along one side of the image.</summary>
    public int TokensPerSide => PatchSize / TokenSize;

    /// <summary>Tokens N of an image, class token not counted.</summary>
    public int Tokens => TokensPerSide * TokensPerSide;

    /// <summary>The shape in words.</summary>
    public string Summary => (HasAdapter ? Adapter == AdapterForm.Full ? "spectral adapter that knows wavelengths, then " : "spectral adapter, then " : "") + (IsTransformer
        ? $"ViT of width {Width}, depth {Depth}, {Heads} heads, tokens of {TokenSize} x {TokenSize} pixels, " +
            (Positions == PositionalEmbedding.SineCosine ? "fixed positions" : "learned positions")
        : "ResNet-50" + (HasAdapter ? " without stem" : ""));

    /// <summary>Channels of the map of a layer (<see cref="Encoder.Maps"/>).</summary>
    public int MapWidth(int layer) => IsTransformer ? Width : ResNet50.WidthOf(layer);

    /// <summary>Side of the map of a layer, unless it is dilated.</summary>
    public int MapSide(int layer)
    {
        if (IsTransformer)
            return TokensPerSide;
        var halvings = HasAdapter ? layer + 1 : layer + 2;      // the stem halves twice, the first stage behind it does not
        return (PatchSize + (1 << halvings) - 1) >> halvings;
    }

    /// <summary>This shape with the width, depth and heads of a published size.</summary>
    public EncoderConfig Sized(EncoderSize size)
    {
        var (width, depth, heads) = size switch
        {
            EncoderSize.Tiny => (192, 12, 3),
            EncoderSize.Small => (384, 12, 6),
            EncoderSize.Base => (768, 12, 12),
            EncoderSize.Large => (1024, 24, 16),
            EncoderSize.Huge => (1280, 32, 16),
            EncoderSize.Giant => (1536, 40, 24),
            _ => throw new ArgumentOutOfRangeException(nameof(size), size, "There is no such size."),
        };
        return this with { Width = width, Depth = depth, Heads = heads };
    }

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        CheckBands(rules);
        rules.Require(PatchSize > 0, $"patch_size must be positive but is {PatchSize}.");
        rules.Require(!IsTransformer || PatchSize <= 0 || TokenSize <= 0 || PatchSize % TokenSize == 0, $"token_size {TokenSize} must divide patch_size {PatchSize}.");
        CheckTransformer(rules);
    }

    /// <summary>Notes what is wrong with the bands, for the adapter in particular.</summary>
    public void CheckBands(RuleBook rules)
    {
        rules.Require(Bands > 0, $"bands must be positive but is {Bands}.");
        SpectralAdapter.Check(this, rules);
    }

    /// <summary>Notes what is wrong with the shape of a transformer, whatever its images.</summary>
    public void CheckTransformer(RuleBook rules)
    {
        if (!IsTransformer)
            return;
        rules.Require(TokenSize > 0, $"token_size must be at least 1 but is {TokenSize}.");
        rules.Require(Width > 0 && Heads > 0 && Width % Heads == 0, $"heads {Heads} must divide width {Width}.");
        rules.Require(Positions == PositionalEmbedding.Learned || Width % 4 == 0,
            $"width must be a multiple of 4 for sine-cosine positions but is {Width}.");
        rules.Require(Depth > 0, $"depth must be positive but is {Depth}.");
        rules.Require(MlpRatio > 0 && Width * MlpRatio >= 1, $"mlp_ratio must be positive but is {MlpRatio}.");
    }

    /// <summary>This network for other bands: at their wavelengths where the adapter knows them, else by channel number.</summary>
    /// <param name="wavelengthsNm">Centre wavelengths, nm, in channel order.</param>
    public EncoderConfig ForBands(IReadOnlyList<double> wavelengthsNm) =>
        this with { Bands = wavelengthsNm.Count, WavelengthsNm = Adapter == AdapterForm.Full ? wavelengthsNm : null };
}
