using static TorchSharp.torch;

namespace SpectralEarth.Models.Adapter;

/// <summary>
/// Mean and biased variance per channel over all parts of the batch, in two passes over chunks that stay in cache; sums of
/// chunks in float64.
/// </summary>
internal static class BatchStatistics
{
    /// <param name="values">[M, L * Channels].</param>
    /// <param name="channels">Channels.</param>
    /// <returns>Mean and variance, [Channels] each, without gradient, and the number of values per channel in all parts.</returns>
    internal static (Tensor Mean, Tensor Variance, long Count) Of(Tensor values, long channels)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var count = values.NumberOfElements / channels * (SharedBatch.Current?.Parts ?? 1);
        var mean = SumOfChunks(values, channels, rows => rows) / count;
        var center = mean.to(values.dtype);
        var variance = SumOfChunks(values, channels, rows => (rows - center).pow_(2)) / count;
        return (center.MoveToOuterDisposeScope(), variance.to(values.dtype).MoveToOuterDisposeScope(), count);
    }

    private static Tensor SumOfChunks(Tensor values, long channels, Func<Tensor, Tensor> what)
    {
        var sum = PixelChunks.Sums(values, () => [zeros(channels, float64, values.device)], (part, first, count) =>
            part[0].add_(what(values.narrow(0, first, count).view(-1, channels)).sum([0])))[0];
        SharedBatch.Current?.Sum(sum);
        return sum;
    }
}
