using SpectralEarth.Recipes;

namespace SpectralEarth.Training;

/// <summary>The spectral-adapter ViT that is pretrained; the default is SpectralEarth's ViT-S.</summary>
public sealed record EncoderRecipe : IRecipePart
{
    /// <summary>Width D of a token.</summary>
    public int Width { get; init; } = 384;
    /// <summary>Number of transformer blocks.</summary>
    public int Depth { get; init; } = 12;
    /// <summary>Attention heads; must divide the width.</summary>
    public int Heads { get; init; } = 6;
    /// <summary>Side of a token, pixels; must divide the window.</summary>
    public int TokenSize { get; init; } = 4;

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        rules.Require(Width > 0 && Width % 4 == 0, $"width must be a multiple of 4 (sine-cosine positions) but is {Width}.");
        rules.Require(Depth > 0, $"depth must be at least 1 but is {Depth}.");
        rules.Require(Heads > 0 && Width % Heads == 0, $"heads must divide width {Width} but is {Heads}.");
        rules.Require(TokenSize > 0, $"token_size must be at least 1 but is {TokenSize}.");
    }
}
