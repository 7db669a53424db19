using SpectralEarth.Tasks.Metrics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tasks.Finetuning.Losses;

/// <summary>Weighted mean loss of what is labelled in a batch, pixels or patches; 0 if nothing is.</summary>
internal sealed class ClassLoss : IDisposable
{
    private readonly LossRecipe recipe;
    private readonly Tensor classWeights;    // [L]

    /// <param name="recipe">Form, weights, smoothing.</param>
    /// <param name="labelled">Labelled training pixels, or patches, per class.</param>
    /// <param name="device">Where the logits are.</param>
    public ClassLoss(LossRecipe recipe, IReadOnlyList<long> labelled, Device device) =>
        (this.recipe, classWeights) = (recipe, tensor(recipe.Weights(labelled), device: device).DetachFromDisposeScope());

    /// <summary>The loss, a scalar.</summary>
    /// <param name="logits">[B, L, S, S], or of patches [B, L].</param>
    /// <param name="labels">Class indices, int64 [B, S, S], or of patches [B]; <see cref="ConfusionMatrix.Ignore"/> where there is no label.</param>
    public Tensor Of(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var labelled = labels.ne(ConfusionMatrix.Ignore);
        var weight = classWeights.index_select(0, labels.masked_select(labelled)).sum();
        var sum = recipe.Form == LossForm.Focal ? FocalSum(logits, labels, labelled) : functional.cross_entropy(logits, labels, classWeights,
            ignore_index: ConfusionMatrix.Ignore, reduction: Reduction.Sum, label_smoothing: recipe.LabelSmoothing);
        return (sum / weight.clamp_min(1e-6)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => classWeights.Dispose();

    private Tensor FocalSum(Tensor logits, Tensor labels, Tensor labelled)
    {
        var known = labels.masked_fill(labelled.logical_not(), 0);                                          // as labels
        var logarithms = functional.log_softmax(logits, 1).gather(1, known.unsqueeze(1)).squeeze(1);        // as labels
        var weights = classWeights.index_select(0, known.flatten()).view(known.shape) * labelled;
        return -(weights * (1 - logarithms.exp()).clamp_min(0).pow(recipe.FocalGamma) * logarithms).sum();
    }
}
