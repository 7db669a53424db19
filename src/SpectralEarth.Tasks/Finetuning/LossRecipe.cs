using SpectralEarth.Recipes;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>The loss, and what tempers it.</summary>
public sealed record LossRecipe : IRecipePart
{
    /// <summary>Form of the loss; null takes the task's own: cross_entropy for classes, squared_error for numbers.</summary>
    public LossForm? Form { get; init; }
    /// <summary>How strongly rare classes are raised.</summary>
    public ClassWeighting ClassWeights { get; init; } = ClassWeighting.None;
    /// <summary>Beta of effective_number weights, in [0, 1): how soon further pixels of a class stop telling anything new.</summary>
    public double EffectiveBeta { get; init; } = 0.9999;
    /// <summary>Exponent of the focal loss, at least 1: how strongly what is right already is passed over.</summary>
    public double FocalGamma { get; init; } = 2;
    /// <summary>Share of each target spread over all classes, in [0, 1) (Szegedy et al. 2016, section 7); tempers wrong and mixed labels.</summary>
    public double LabelSmoothing { get; init; }

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        rules.Require(LabelSmoothing is >= 0 and < 1, $"label_smoothing must lie in [0, 1) but is {LabelSmoothing}.");
        rules.Require(EffectiveBeta is >= 0 and < 1, $"effective_beta must lie in [0, 1) but is {EffectiveBeta}.");
        rules.Require(FocalGamma is >= 1 and <= 10, $"focal_gamma must lie in [1, 10] but is {FocalGamma}.");
        rules.Require(LabelSmoothing == 0 || Form != LossForm.Focal, "label_smoothing belongs to cross_entropy; leave it 0 with focal.");
    }

    /// <summary>Notes what does not suit a kind of task.</summary>
    internal void AddRules(RuleBook rules, TaskType task)
    {
        var ofClasses = task != TaskType.Regression;
        rules.Require(Form is null || ofClasses == (Form is LossForm.CrossEntropy or LossForm.Focal),
            $"loss.form must be {(ofClasses ? "cross_entropy or focal" : "squared_error or error_ratio")} for this task but is {KeyNames.Of(Form.GetValueOrDefault())}.");
        rules.Require(ofClasses || (ClassWeights == ClassWeighting.None && LabelSmoothing == 0), "loss.class_weights and loss.label_smoothing belong to tasks with classes.");
    }

    /// <summary>Weight of each class in the loss; the mean weight of a training pixel is 1. A class without pixels has weight 0.</summary>
    /// <param name="pixels">Labelled training pixels per class.</param>
    internal float[] Weights(IReadOnlyList<long> pixels)
    {
        var raw = pixels.Select(count => count == 0 ? 0 : Weight(count)).ToArray();
        var mean = raw.Zip(pixels, (weight, count) => weight * count).Sum() / pixels.Sum();
        return [.. raw.Select(weight => (float)(weight / mean))];
    }

    /// <summary>Factor on the loss of patches that have a class, beside that of patches that lack it.</summary>
    /// <param name="present">Training patches with each class.</param>
    /// <param name="patches">Training patches.</param>
    internal float[] PositiveWeights(IReadOnlyList<long> present, long patches) =>
        [.. present.Select(count => count == 0 || count == patches ? 1f : (float)(Weight(count) / Weight(patches - count)))];

    private double Weight(long count) => ClassWeights switch
    {
        ClassWeighting.None => 1,
        ClassWeighting.SquareRoot => Math.Pow(count, -0.5),
        ClassWeighting.Balanced => 1.0 / count,
        ClassWeighting.EffectiveNumber => (1 - EffectiveBeta) / (1 - Math.Pow(EffectiveBeta, count)),
        _ => throw new InvalidOperationException($"Class weighting {ClassWeights} has no formula."),
    };
}

/// <summary>Forms of the loss.</summary>
public enum LossForm
{
    /// <summary>Cross-entropy of classes; of sets of classes, a binary one for each class.</summary>
    CrossEntropy,
    /// <summary>Cross-entropy times (1 - p)^gamma (Lin et al. 2017, equation 4).</summary>
    Focal,
    /// <summary>Mean squared error of numbers, each divided by its deviation in training.</summary>
    SquaredError,
    /// <summary>Mean over targets of the batch's squared error divided by that of predicting 0, as in the reference; it depends on the batch.</summary>
    ErrorRatio,
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
    /// <summary>Pixels count by the inverse of their class's effective number, (1 - beta^n) / (1 - beta) (Cui et al. 2019, equation 2).</summary>
    EffectiveNumber,
}
