using SpectralEarth.Recipes;

namespace SpectralEarth.Models;

/// <summary>Shape of a network that classifies whole images.</summary>
public sealed record ClassificationConfig : IRecipePart
{
    /// <summary>Pretrained part.</summary>
    public EncoderConfig Encoder { get; init; } = new();

    /// <summary>Classes L.</summary>
    public int Classes { get; init; }

    /// <summary>
    /// Whether an image can have several classes or none: then each logit is for itself (sigmoid); else the largest decides (softmax).
    /// </summary>
    public bool MultiLabel { get; init; }

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        Encoder.AddRules(rules);
        var least = MultiLabel ? 1 : 2;
        rules.Require(Classes >= least, $"classes must be at least {least} but is {Classes}.");
    }
}
