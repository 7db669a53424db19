using SpectralEarth.Recipes;

namespace SpectralEarth.Models;

/// <summary>Shape of a network that estimates numbers for whole images.</summary>
public sealed record RegressionConfig : IRecipePart
{
    /// <summary>Pretrained part.</summary>
    public EncoderConfig Encoder { get; init; } = new();

    /// <summary>Numbers T.</summary>
    public int Targets { get; init; }

    /// <summary>Share of the head's hidden values that are dropped in training, in [0, 1).</summary>
    public double Dropout { get; init; } = 0.2;

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        Encoder.AddRules(rules);
        rules.Require(Targets >= 1, $"targets must be at least 1 but is {Targets}.");
        rules.Require(Dropout is >= 0 and < 1, $"dropout must lie in [0, 1) but is {Dropout}.");
    }
}
