using SpectralEarth.Models.Contrastive;
using SpectralEarth.Recipes;

namespace SpectralEarth.Training.Objectives;

/// <summary>MoCo v2 (He et al. 2020; Chen et al. 2020).</summary>
public sealed record MocoV2Recipe : MomentumContrastConfig, IRecipePart
{
    /// <summary>Share of the key network that each update keeps.</summary>
    public MomentumRecipe Momentum { get; init; } = new() { Start = 0.999, End = 0.999 };
    /// <summary>Whether a resumed run goes on with its queue; the reference begins again with random keys.</summary>
    public bool QueueRestored { get; init; } = true;

    /// <inheritdoc/>
    public override void AddRules(RuleBook rules)
    {
        base.AddRules(rules);
        rules.Include("momentum", Momentum);
    }
}

/// <summary>MoCo v3 (Chen, Xie and He 2021).</summary>
public sealed record MocoV3Recipe : SymmetricContrastConfig, IRecipePart
{
    /// <summary>Share of the key network that each update keeps.</summary>
    public MomentumRecipe Momentum { get; init; } = new() { Start = 0.99 };

    /// <inheritdoc/>
    public override void AddRules(RuleBook rules)
    {
        base.AddRules(rules);
        rules.Include("momentum", Momentum);
    }
}
