using SpectralEarth.Recipes;

namespace SpectralEarth.Training.Optimization;

/// <summary>AdamW (Loshchilov and Hutter 2019, algorithm 2) and gradient clipping.</summary>
public sealed record OptimizerRecipe : IRecipePart
{
    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 5e-4;
    /// <summary>Decoupled weight decay, multiplied by the learning rate.</summary>
    public double WeightDecay { get; init; } = 0.05;
    /// <summary>Whether norms, biases, class and mask tokens and positions decay too, as in the reference.</summary>
    public bool DecayNormsAndBiases { get; init; }
    /// <summary>Decay rates of the first and second moment, both in [0, 1).</summary>
    public IReadOnlyList<double> Betas { get; init; } = [0.9, 0.95];
    /// <summary>Added to the root of the second moment.</summary>
    public double Eps { get; init; } = 1e-8;
    /// <summary>Largest global norm of the gradient, longer ones are shortened to it; null never clips.</summary>
    public double? ClipGradients { get; init; } = 1;

    /// <summary>Parameter groups with this recipe's weight decay.</summary>
    public IReadOnlyList<ParameterRule> Rules() =>
        DecayNormsAndBiases ? [ParameterRule.Everything(WeightDecay)] : ParameterRule.DecayMatricesOnly(WeightDecay);

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        rules.Require(LearningRate > 0 && double.IsFinite(LearningRate), $"learning_rate must be positive but is {LearningRate}.");
        rules.Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), $"weight_decay must not be negative but is {WeightDecay}.");
        rules.Require(Betas.Count == 2 && Betas.All(beta => beta is >= 0 and < 1),
            $"betas must be two numbers in [0, 1) but is [{string.Join(", ", Betas)}].");
        rules.Require(Eps > 0, $"eps must be positive but is {Eps}.");
        rules.Require(ClipGradients is null or > 0, $"clip_gradients must be positive or null but is {ClipGradients}.");
    }
}
