using SpectralEarth.Recipes;
using SpectralEarth.Training.Distributed;

namespace SpectralEarth.Training.Optimization;

/// <summary>The optimizer and gradient clipping.</summary>
public sealed record OptimizerRecipe : IRecipePart
{
    /// <summary>Which optimizer.</summary>
    public OptimizerName Name { get; init; } = OptimizerName.Adamw;
    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 5e-4;
    /// <summary>Weight decay: decoupled with AdamW, added to the gradient with SGD and LARS.</summary>
    public double WeightDecay { get; init; } = 0.05;
    /// <summary>Whether norms, biases, class and mask tokens and positions decay too, as in the reference.</summary>
    public bool DecayNormsAndBiases { get; init; }
    /// <summary>AdamW: decay rates of the first and second moment, both in [0, 1).</summary>
    public IReadOnlyList<double> Betas { get; init; } = [0.9, 0.95];
    /// <summary>AdamW: added to the root of the second moment.</summary>
    public double Eps { get; init; } = 1e-8;
    /// <summary>SGD and LARS: share of the last direction that is kept, in [0, 1).</summary>
    public double Momentum { get; init; } = 0.9;
    /// <summary>LARS: share of its norm by which a matrix changes per step at learning rate 1 (You et al. 2017, equation 6).</summary>
    public double TrustCoefficient { get; init; } = 0.001;
    /// <summary>Largest global norm of the gradient, longer ones are shortened to it; null never clips.</summary>
    public double? ClipGradients { get; init; } = 1;

    /// <summary>Whether each rank keeps the buffers of its share of the parameters only and updates those (ZeRO stage 1, Rajbhandari et al. 2020, section 5.1).</summary>
    public bool Sharded { get; init; }

    /// <summary>Parameter groups with this recipe's weight decay.</summary>
    public IReadOnlyList<ParameterRule> Rules() =>
        DecayNormsAndBiases ? [ParameterRule.Everything(WeightDecay)] : ParameterRule.DecayMatricesOnly(WeightDecay);

    /// <summary>A new optimizer of <paramref name="parameters"/>; the caller disposes it.</summary>
    /// <param name="parameters">What to train.</param>
    /// <param name="ranks">Processes that train together and share the buffers if the recipe says so.</param>
    public FlatOptimizer CreateFor(FlatParameters parameters, RankBatch? ranks = null) => Name switch
    {
        OptimizerName.Adamw => new AdamW(parameters, (Betas[0], Betas[1]), Eps, Sharded ? ranks : null),
        OptimizerName.Sgd => new Sgd(parameters, Momentum, Sharded ? ranks : null),
        OptimizerName.Lars => new Lars(parameters, Momentum, TrustCoefficient, Sharded ? ranks : null),
        _ => throw new InvalidOperationException($"name {Name} is not known."),
    };

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        rules.RequirePositive(LearningRate, "learning_rate");
        rules.Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), $"weight_decay must not be negative but is {WeightDecay}.");
        rules.Require(Betas.Count == 2 && Betas.All(beta => beta is >= 0 and < 1),
            $"betas must be two numbers in [0, 1) but is [{string.Join(", ", Betas)}].");
        rules.RequirePositive(Eps, "eps");
        rules.Require(Momentum is >= 0 and < 1, $"momentum must lie in [0, 1) but is {Momentum}.");
        rules.RequirePositive(TrustCoefficient, "trust_coefficient");
        rules.RequirePositive(ClipGradients, "clip_gradients");
    }
}

/// <summary>Optimizers on flat buffers.</summary>
public enum OptimizerName
{
    /// <summary><see cref="AdamW"/>.</summary>
    Adamw,
    /// <summary><see cref="Optimization.Sgd"/> with momentum.</summary>
    Sgd,
    /// <summary><see cref="Optimization.Lars"/>.</summary>
    Lars,
}
