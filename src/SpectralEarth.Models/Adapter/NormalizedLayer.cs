using SpectralEarth.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace SpectralEarth.Models.Adapter;

/// <summary>
/// Batch normalisation, ReLU and then either a convolution or the mean over positions. Only the raw input is kept for
/// the backward pass (Ioffe and Szegedy 2015, algorithm 1 and the derivatives in section 3).
/// </summary>
internal sealed class NormalizedLayer : GradientFunction<NormalizedLayer>
{
    /// <inheritdoc/>
    public override string Name => nameof(NormalizedLayer);

    /// <param name="input">[M, L * Channels]; a constant per channel may have been left out.</param>
    /// <param name="norm">The normalisation; in training mode by the input's own statistics, which it tracks and gradients pass through.</param>
    /// <param name="left">The constant that was left out, [Channels]; null for none.</param>
    /// <param name="kernel">Kernel of the convolution as a matrix, [K * Channels, Out]; null for the mean.</param>
    /// <param name="product">The convolution; null for the mean over positions.</param>
    /// <returns>[M, Used * Out], or [M, Channels] for the mean.</returns>
    internal static Tensor Apply(Tensor input, BatchNormalization norm, Tensor? left, Tensor? kernel, SlidingProduct? product)
    {
        var (center, variance) = Statistics(input, norm, left);
        return Run(input, norm.weight!, norm.bias!, center, variance, kernel, product, norm.training);
    }

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (input, kernel, product) = ((Tensor)vars[0], (Tensor?)vars[5], (SlidingProduct?)vars[6]);
        var norm = new Norm((Tensor)vars[1], (Tensor)vars[2], (Tensor)vars[3], (Tensor)vars[4]);
        ctx.save_for_backward([input, norm.Weight, norm.Bias, norm.Center, norm.Variance, kernel!]);
        ctx.save_data(nameof(product), product!);
        ctx.save_data("ofBatch", vars[7]);
        ctx.save_data("shared", SharedBatch.Current!);
        var result = input.new_empty([input.shape[0], product is null ? norm.Channels : product.Used * kernel!.shape[1]]);
        using var scope = NewDisposeScope();
        var (scale, shift, _) = norm.Fold();
        PixelChunks.ForEach(input, (first, count) =>
        {
            var hidden = Hidden(input.narrow(0, first, count), scale, shift);
            var output = result.narrow(0, first, count);
            if (product is null)
                output.copy_(hidden.view(count, -1, norm.Channels).mean([1]));
            else
                product.Apply(hidden, kernel!, output);
        });

        return result;
    }

    /// <inheritdoc/>
    protected override List<Tensor> Gradients(AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (product, ofBatch) = ((SlidingProduct?)ctx.get_data("product"), (bool)ctx.get_data("ofBatch"));
        var shared = (SharedBatch?)ctx.get_data("shared");
        var saved = ctx.get_saved_variables();
        var (input, kernel, given) = (saved[0], (Tensor?)saved[5], grad_output.contiguous());
        var norm = new Norm(saved[1], saved[2], saved[3], saved[4]);
        var (scale, shift, inverse) = norm.Fold();
        var toInput = empty_like(input);
        var zeros = () => kernel is null ? new[] { zeros_like(scale), zeros_like(scale) } : [zeros_like(scale), zeros_like(scale), zeros_like(kernel)];
        var sums = PixelChunks.Sums(input, zeros, (part, first, count) =>
        {
            var (partOfWeight, partOfBias) = (part[0], part[1]);
            var (raw, outer, slope) = (input.narrow(0, first, count), given.narrow(0, first, count), toInput.narrow(0, first, count));
            var hidden = Hidden(raw, scale, shift);
            if (product is null)
            {
                var (positions, channels) = (raw.shape[1] / norm.Channels, norm.Channels);
                slope.view(count, positions, channels).copy_((outer / positions).unsqueeze(1));
            }
            else
            {
                product.AddWeightGradient(hidden, outer, part[2]);
                product.InputGradient(outer, kernel!, slope);
            }

            slope.mul_(hidden.sign_());
            var rows = slope.view(-1, norm.Channels);
            partOfWeight.add_(raw.view(-1, norm.Channels).sub(norm.Center).mul_(rows).sum([0]));
            partOfBias.add_(rows.sum([0]));
        });

        var (toWeight, toBias, toKernel) = (sums[0], sums[1], kernel is null ? null : sums[2]);
        toWeight.mul_(inverse);
        ToRawInput(toInput, input, norm, (scale, inverse), ofBatch ? Means(toWeight, toBias, toInput.NumberOfElements / norm.Channels, shared) : null);
        var toCenter = ofBatch ? zeros_like(toBias) : (toBias * scale).neg_();
        return
        [
            toInput.MoveToOuterDisposeScope(), toWeight.MoveToOuterDisposeScope(), toBias.MoveToOuterDisposeScope(),
            toCenter.MoveToOuterDisposeScope(), null!, toKernel?.MoveToOuterDisposeScope()!, null!, null!,
        ];
    }

    /// <summary>What the input is normalised by, [Channels] each.</summary>
    private static (Tensor Center, Tensor Variance) Statistics(Tensor input, BatchNormalization norm, Tensor? left)
    {
        if (!norm.training)
            return (left is null ? norm.running_mean : norm.running_mean - left, norm.running_var);
        var (mean, variance, count) = BatchStatistics.Of(input, norm.running_mean.shape[0]);
        norm.Track(left is null ? mean : mean + left, variance, count);
        return (left is null ? mean : mean + (left * 0), variance);                     // a zero gradient, as in the reference
    }

    /// <summary>Gradients of weight and bias per value, over all parts of the batch: each value has a share in its statistics.</summary>
    private static (Tensor ToWeight, Tensor ToBias) Means(Tensor toWeight, Tensor toBias, long count, SharedBatch? shared)
    {
        var means = cat([toWeight, toBias]);
        shared?.Sum(means);
        means.div_(count * (shared?.Parts ?? 1));
        var channels = toWeight.shape[0];
        return (means.narrow(0, 0, channels), means.narrow(0, channels, channels));
    }

    /// <summary>Turns the gradient after normalisation into the gradient before it, in place.</summary>
    private static void ToRawInput(
        Tensor gradient, Tensor input, Norm norm, (Tensor Scale, Tensor Inverse) fold, (Tensor ToWeight, Tensor ToBias)? batch)
    {
        using var scope = NewDisposeScope();
        var mean = batch?.ToBias;
        var along = batch is null ? null : (batch.Value.ToWeight * fold.Inverse).neg_();
        PixelChunks.ForEach(gradient, (first, pixels) =>
        {
            var rows = gradient.narrow(0, first, pixels).view(-1, norm.Channels);
            if (mean is not null)
                rows.sub_(mean).addcmul_(input.narrow(0, first, pixels).view(-1, norm.Channels).sub(norm.Center), along!, 1);
            rows.mul_(fold.Scale);
        });
    }

    private static Tensor Hidden(Tensor input, Tensor scale, Tensor shift)
    {
        var hidden = input * scale.repeat(input.shape[1] / scale.shape[0]);
        return hidden.view(-1, scale.shape[0]).add_(shift).relu_().view(input.shape);
    }

    private readonly record struct Norm(Tensor Weight, Tensor Bias, Tensor Center, Tensor Variance)
    {
        internal long Channels => Weight.shape[0];

        /// <summary>Factor and summand that do the normalisation, and 1 / standard deviation.</summary>
        internal (Tensor Scale, Tensor Shift, Tensor Inverse) Fold()
        {
            var inverse = (Variance + BatchNormalization.Epsilon).rsqrt();
            var scale = Weight * inverse;
            return (scale, Bias - (Center * scale), inverse);
        }
    }
}
