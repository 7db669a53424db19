using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tasks.Finetuning.Losses;

/// <summary>Mean binary loss over patches and classes, for sets of classes.</summary>
internal sealed class SetLoss : IDisposable
{
    private readonly LossRecipe recipe;
    private readonly Tensor positiveWeights;    // [L]

    /// <param name="recipe">Form, weights, smoothing.</param>
    /// <param name="present">Training patches with each class.</param>
    /// <param name="patches">Training patches.</param>
    /// <param name="device">Where the logits are.</param>
    public SetLoss(LossRecipe recipe, IReadOnlyList<long> present, long patches, Device device) =>
        (this.recipe, positiveWeights) = (recipe, tensor(recipe.PositiveWeights(present, patches), device: device).DetachFromDisposeScope());

    /// <summary>The loss, a scalar.</summary>
    /// <param name="logits">[B, L].</param>
    /// <param name="present">1 for classes that are there, else 0, float [B, L].</param>
    public Tensor Of(Tensor logits, Tensor present)
    {
        using var scope = NewDisposeScope();
        // Smoothing spreads a share over both answers.
        var targets = (present * (1 - recipe.LabelSmoothing)) + (recipe.LabelSmoothing / 2);
        if (recipe.Form != LossForm.Focal)
            return functional.binary_cross_entropy_with_logits(logits, targets, pos_weights: positiveWeights).MoveToOuterDisposeScope();
        var each = functional.binary_cross_entropy_with_logits(logits, present, reduction: Reduction.None, pos_weights: positiveWeights);    // [B, L]
        var right = logits.sigmoid();
        var wrong = (right * (1 - present)) + ((1 - right) * present);                                                                     // [B, L]
        return (wrong.pow(recipe.FocalGamma) * each).mean().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => positiveWeights.Dispose();
}
