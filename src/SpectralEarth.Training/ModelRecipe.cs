using SpectralEarth.Recipes;

namespace SpectralEarth.Training;

/// <summary>The spectral-adapter ViT that is pretrained; the default is SpectralEarth's ViT-S.</summary>
public sealed record EncoderRecipe
{
    /// <summary>Fewest bands that the spectral adapter can take.</summary>
    internal const int FewestBands = 75;

    /// <summary>Width D of a token.</summary>
    public int Width { get; init; } = 384;
    /// <summary>Number of transformer blocks.</summary>
    public int Depth { get; init; } = 12;
    /// <summary>Attention heads; must divide the width.</summary>
    public int Heads { get; init; } = 6;
    /// <summary>Side of a token, pixels; must divide the window.</summary>
    public int TokenSize { get; init; } = 4;

    internal void Check(RuleBook rules)
    {
        rules.Require(Width > 0 && Width % 4 == 0, $"encoder.width must be a multiple of 4 (sine-cosine positions) but is {Width}.");
        rules.Require(Depth > 0, $"encoder.depth must be at least 1 but is {Depth}.");
        rules.Require(Heads > 0 && Width % Heads == 0, $"encoder.heads {Heads} does not divide encoder.width {Width}.");
        rules.Require(TokenSize > 0, $"encoder.token_size must be at least 1 but is {TokenSize}.");
    }
}

/// <summary>The decoder of the masked autoencoder; the default is SpectralEarth's.</summary>
public sealed record DecoderRecipe
{
    /// <summary>Width of a token in the decoder.</summary>
    public int Width { get; init; } = 512;
    /// <summary>Number of transformer blocks.</summary>
    public int Depth { get; init; } = 1;
    /// <summary>Attention heads; must divide the width.</summary>
    public int Heads { get; init; } = 16;

    internal void Check(RuleBook rules)
    {
        rules.Require(Width > 0 && Width % 4 == 0, $"decoder.width must be a multiple of 4 (sine-cosine positions) but is {Width}.");
        rules.Require(Depth > 0, $"decoder.depth must be at least 1 but is {Depth}.");
        rules.Require(Heads > 0 && Width % Heads == 0, $"decoder.heads {Heads} does not divide decoder.width {Width}.");
    }
}
