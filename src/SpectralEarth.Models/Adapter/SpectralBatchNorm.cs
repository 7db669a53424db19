using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Adapter;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy 2015, algorithm 1) over pixels and spectral positions, with the
/// reference's names: <c>weight</c>, <c>bias</c>, <c>running_mean</c>, <c>running_var</c>, <c>num_batches_tracked</c>.
/// </summary>
internal sealed class SpectralBatchNorm : Module<Tensor, bool, Tensor>
{
    internal const double Epsilon = 1e-5;
    internal const double Momentum = 0.1;

    internal readonly Parameter weight, bias;
    internal readonly Tensor running_mean, running_var, num_batches_tracked;

    internal SpectralBatchNorm(int channels)
        : base("BatchNorm3d")
    {
        (weight, bias) = (Parameter(ones(channels)), Parameter(zeros(channels)));
        (running_mean, running_var, num_batches_tracked) = (zeros(channels), ones(channels), zeros([], int64));
        RegisterComponents();
    }

    /// <summary>Moves the tracked statistics towards those of a batch.</summary>
    /// <param name="mean">Mean of the batch, [C].</param>
    /// <param name="variance">Biased variance of the batch, [C].</param>
    /// <param name="count">Values per channel, of this part of the batch.</param>
    internal void Track(Tensor mean, Tensor variance, long count)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        count *= SharedBatch.Current?.Parts ?? 1;
        running_mean.mul_(1 - Momentum).add_(mean.detach().to(running_mean.dtype), Momentum);
        running_var.mul_(1 - Momentum).add_(variance.detach().to(running_var.dtype), Momentum * count / Math.Max(count - 1, 1));
        num_batches_tracked.add_(1);
    }

    /// <summary>The normalisation of values [M, L * C] for <see cref="NormalizedLayer"/>, [C] each.</summary>
    /// <param name="raw">The values; a constant per channel may have been left out.</param>
    /// <param name="ofBatch">Whether their own statistics are used, and tracked.</param>
    /// <param name="left">The constant that was left out, [C]; null for none.</param>
    internal (Tensor Weight, Tensor Bias, Tensor Center, Tensor Variance) Of(Tensor raw, bool ofBatch, Tensor? left = null)
    {
        if (!ofBatch)
            return (weight, bias, left is null ? running_mean : running_mean - left, running_var);
        var (mean, variance, count) = BatchStatistics.Of(raw, weight.shape[0]);
        Track(left is null ? mean : mean + left, variance, count);
        return (weight, bias, left is null ? mean : mean + (left * 0), variance);       // a zero gradient, as in the reference
    }

    /// <summary>Plain form: [M, L, C] to [M, L, C].</summary>
    /// <param name="input">Values, [M, L, C].</param>
    /// <param name="ofBatch">Whether the batch's own statistics are used, and tracked.</param>
    public override Tensor forward(Tensor input, bool ofBatch)
    {
        using var scope = NewDisposeScope();
        if (ofBatch)
            num_batches_tracked.add_(1);
        return functional.batch_norm(input.transpose(1, 2), running_mean, running_var, weight, bias, ofBatch, Momentum, Epsilon)
            .transpose(1, 2).MoveToOuterDisposeScope();
    }
}
