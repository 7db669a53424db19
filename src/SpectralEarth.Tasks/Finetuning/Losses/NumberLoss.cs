using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Finetuning.Losses;

/// <summary>Loss of predicted numbers.</summary>
internal static class NumberLoss
{
    /// <summary>The loss, a scalar.</summary>
    /// <param name="form">Squared error, or the ratio to that of predicting 0.</param>
    /// <param name="predicted">[B, T].</param>
    /// <param name="truth">[B, T].</param>
    public static Tensor Of(LossForm form, Tensor predicted, Tensor truth)
    {
        using var scope = NewDisposeScope();
        var squared = (predicted - truth).square();
        var loss = form == LossForm.ErrorRatio
            ? (squared.mean([0]) / truth.square().mean([0]).clamp_min(1e-6)).mean()
            : squared.mean();
        return loss.MoveToOuterDisposeScope();
    }
}
