using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Layers;

/// <summary>
/// Batch normalisation per channel (Ioffe and Szegedy 2015, algorithm 1) over all parts of a <see cref="SharedBatch"/>; without
/// one it is torch's own. Names and defaults are those of torch's <c>BatchNorm1d</c> and <c>BatchNorm2d</c>.
/// </summary>
internal sealed class BatchNormalization : Module<Tensor, Tensor>
{
    internal const double Epsilon = 1e-5;
    private const double Momentum = 0.1;

    internal readonly Parameter? weight, bias;
    internal readonly Tensor running_mean, running_var;
    private readonly Tensor num_batches_tracked;

    /// <param name="channels">Channels C.</param>
    /// <param name="affine">Whether there is a trained scale and shift.</param>
    internal BatchNormalization(int channels, bool affine = true)
        : base(nameof(BatchNormalization))
    {
        if (affine)
            (weight, bias) = (Parameter(ones(channels)), Parameter(zeros(channels)));
        (running_mean, running_var, num_batches_tracked) = (zeros(channels), ones(channels), zeros([], int64));
        RegisterComponents();
    }

    /// <param name="input">Values, [B, C, ...].</param>
    /// <returns>Same shape.</returns>
    public override Tensor forward(Tensor input)
    {
        if (training && SharedBatch.Current is { } shared)
            return Normalize(input, shared);
        if (training)
            num_batches_tracked.add_(1);
        return functional.batch_norm(input, running_mean, running_var, weight, bias, training, Momentum, Epsilon);
    }

    /// <summary>Moves the tracked statistics towards those of a batch.</summary>
    /// <param name="mean">Mean of the batch, [C].</param>
    /// <param name="variance">Biased variance of the batch, [C].</param>
    /// <param name="count">Values per channel in all parts of the batch.</param>
    internal void Track(Tensor mean, Tensor variance, long count)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        running_mean.mul_(1 - Momentum).add_(mean.detach().to(running_mean.dtype), Momentum);
        running_var.mul_(1 - Momentum).add_(variance.detach().to(running_var.dtype), Momentum * count / Math.Max(count - 1, 1));
        num_batches_tracked.add_(1);
    }

    private Tensor Normalize(Tensor input, SharedBatch shared)
    {
        using var scope = NewDisposeScope();
        var others = Enumerable.Range(0, (int)input.dim()).Where(axis => axis != 1).Select(axis => (long)axis).ToArray();
        var shape = Enumerable.Range(0, (int)input.dim()).Select(axis => axis == 1 ? input.shape[1] : 1).ToArray();
        var count = shared.Parts * input.NumberOfElements / input.shape[1];
        var mean = SharedSum.Of(input.sum(others), shared) / count;                         // [C]
        var centered = input - mean.view(shape);
        var variance = SharedSum.Of(centered.square().sum(others), shared) / count;         // [C]
        Track(mean, variance, count);
        var scale = (variance + Epsilon).rsqrt();
        var result = weight is null
            ? centered * scale.view(shape)
            : (centered * (scale * weight).view(shape)) + bias!.view(shape);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Sum over the parts of the batch; as all parts' losses depend on it, so is its gradient.</summary>
    private sealed class SharedSum : GradientFunction<SharedSum>
    {
        public override string Name => nameof(SharedSum);

        internal static Tensor Of(Tensor values, SharedBatch shared) => Run(values, shared);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.save_data("shared", vars[1]);
            return Sum((Tensor)vars[0], (SharedBatch)vars[1]);
        }

        protected override List<Tensor> Gradients(autograd.AutogradContext ctx, Tensor grad_output) => [Sum(grad_output, (SharedBatch)ctx.get_data("shared")), null!];

        private static Tensor Sum(Tensor values, SharedBatch shared)
        {
            using var frozen = no_grad();
            var sum = values.clone();
            shared.Sum(sum);
            return sum;
        }
    }
}
