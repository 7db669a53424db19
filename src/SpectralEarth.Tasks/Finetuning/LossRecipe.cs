using SpectralEarth.Recipes;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Cross-entropy over labelled pixels, and what tempers it.</summary>
public sealed record LossRecipe : IRecipePart
{
    /// <summary>How strongly rare classes are raised.</summary>
    public ClassWeighting ClassWeights { get; init; } = ClassWeighting.None;
    /// <summary>Share of each target spread over all classes, in [0, 1) (Szegedy et al. 2016, section 7); tempers wrong and mixed labels.</summary>
    public double LabelSmoothing { get; init; }

    /// <inheritdoc/>
    public void AddRules(RuleBook rules) =>
        rules.Require(LabelSmoothing is >= 0 and < 1, $"label_smoothing must lie in [0, 1) but is {LabelSmoothing}.");

    /// <summary>Weight of each class in the loss; the mean weight of a training pixel is 1. A class without pixels has weight 0.</summary>
    /// <param name="pixels">Labelled training pixels per class.</param>
    internal float[] Weights(IReadOnlyList<long> pixels)
    {
        var power = ClassWeights switch
        {
            ClassWeighting.None => 0,
            ClassWeighting.SquareRoot => 0.5,
            ClassWeighting.Balanced => 1.0,
            _ => throw new InvalidOperationException($"Class weighting {ClassWeights} has no formula."),
        };
        var raw = pixels.Select(count => count == 0 ? 0 : Math.Pow(count, -power)).ToArray();
        var mean = raw.Zip(pixels, (weight, count) => weight * count).Sum() / pixels.Sum();
        return [.. raw.Select(weight => (float)(weight / mean))];
    }
}

/// <summary>How the classes are weighted in the loss.</summary>
public enum ClassWeighting
{
    /// <summary>Each pixel counts the same.</summary>
    None,
    /// <summary>Each pixel counts by the inverse square root of its class's frequency.</summary>
    SquareRoot,
    /// <summary>Each class counts the same: pixels count by the inverse frequency of their class.</summary>
    Balanced,
}
