using static TorchSharp.torch;

namespace SpectralEarth.Models.Masking;

/// <summary>What the autoencoder must predict for hidden tokens, and how far a prediction is from it.</summary>
internal static class PixelTarget
{
    private const double Epsilon = 1e-6;

    /// <summary>Mean and standard deviation of each token over its valid values (unbiased variance plus 1e-6), [B, M, 1] each.</summary>
    /// <param name="pixels">Pixels of hidden tokens, [B, M, P * P * C].</param>
    /// <param name="weight">1 for values of valid pixels, else 0, same shape; null if all are valid.</param>
    internal static (Tensor Mean, Tensor Deviation) Statistics(Tensor pixels, Tensor? weight)
    {
        using var scope = NewDisposeScope();
        if (weight is null)
        {
            var mean = pixels.mean([-1], keepdim: true);
            var length = (pixels - mean).norm(-1, keepdim: true, p: 2);             // many times as fast as var_mean
            var variance = length.square() / (pixels.shape[^1] - 1);
            return (mean.MoveToOuterDisposeScope(), (variance + Epsilon).sqrt().MoveToOuterDisposeScope());
        }

        var count = weight.sum(-1, keepdim: true);
        var center = (pixels * weight).sum(-1, keepdim: true) / count.clamp_min(1);
        var spread = ((pixels - center) * weight).square().sum(-1, keepdim: true) / (count - 1).clamp_min(1);
        return (center.MoveToOuterDisposeScope(), (spread + Epsilon).sqrt().MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Mean squared error over valid values; 0 if there are none. Where the batch is shared, the mean of all parts' results is
    /// the mean over all values, however many are valid in each part.
    /// </summary>
    internal static Tensor Loss(Tensor prediction, Tensor target, Tensor? weight)
    {
        var shared = SharedBatch.Current;
        if (weight is null && shared is null)
            return nn.functional.mse_loss(prediction, target);
        using var scope = NewDisposeScope();
        var sum = weight is null
            ? nn.functional.mse_loss(prediction, target, nn.Reduction.Sum)
            : nn.functional.mse_loss(prediction * weight, target * weight, nn.Reduction.Sum);
        var count = weight is null ? full(1, target.NumberOfElements, float64, target.device) : weight.sum(type: float64).reshape(1);
        shared?.Sum(count);
        return (sum * (shared?.Parts ?? 1) / count.clamp_min(1).to(sum.dtype).squeeze()).MoveToOuterDisposeScope();
    }
}
