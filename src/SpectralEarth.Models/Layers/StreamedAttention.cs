using SpectralEarth.Models.Products;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace SpectralEarth.Models.Layers;

/// <summary>
/// Scaled dot-product attention (Vaswani et al. 2017, equation 1) for the CPU, with weights recomputed in the backward pass (Dao et al. 2022,
/// section 3.1): memory grows with the tokens, not with their square. Where <see cref="MatrixProduct"/> multiplies, each head is one thread's
/// work (<see cref="TokenHeads"/>); elsewhere some heads at a time go through libtorch's products, which is still two to three times as fast as
/// libtorch's own attention, whose backward pass works on tiles too small for the CPU.
/// </summary>
internal sealed class StreamedAttention : GradientFunction<StreamedAttention>
{
    /// <inheritdoc/>
    public override string Name => nameof(StreamedAttention);

    /// <summary>Mixes values for the queries of all tokens from <paramref name="first"/> on.</summary>
    /// <param name="qkv">Queries, keys, values side by side, heads inside each, [B, N, 3 D], contiguous.</param>
    /// <param name="heads">Heads h.</param>
    /// <param name="first">First token whose query is used.</param>
    /// <returns>Mixed values, [B, N - first, D].</returns>
    internal static Tensor Mix(Tensor qkv, int heads, long first) => Run(qkv, heads, first);

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (qkv, heads, first) = ((Tensor)vars[0], (int)vars[1], (long)vars[2]);
        var (b, n, d) = (qkv.shape[0], qkv.shape[1], qkv.shape[2] / 3);
        var mixed = qkv.new_empty([b, n - first, d]);
        var logSums = qkv.new_empty([b, heads, n - first, 1], SoftmaxType(qkv));
        if (MatrixProduct.Suits(qkv))
            TokenHeads.Mix(OfPart(qkv, heads, 0, first), OfPart(qkv, heads, 1), OfPart(qkv, heads, 2), new(mixed, heads), logSums);
        else
            MixByParts(qkv, heads, first, mixed, logSums);
        ctx.save_for_backward([qkv, mixed, logSums]);
        ctx.save_data(nameof(heads), heads);
        ctx.save_data(nameof(first), first);
        return mixed;
    }

    /// <inheritdoc/>
    protected override List<Tensor> Gradients(AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (heads, first) = ((int)ctx.get_data("heads"), (long)ctx.get_data("first"));
        var saved = ctx.get_saved_variables();
        var (qkv, mixed, logSums, given) = (saved[0], saved[1], saved[2], grad_output.contiguous());
        var gradient = first == 0 ? empty_like(qkv) : zeros_like(qkv);
        if (MatrixProduct.Suits(qkv))
        {
            TokenHeads.Gradient(
                (OfPart(qkv, heads, 0, first), OfPart(qkv, heads, 1), OfPart(qkv, heads, 2), new(mixed, heads)),
                new(given, heads),
                logSums,
                (OfPart(gradient, heads, 0, first), OfPart(gradient, heads, 1), OfPart(gradient, heads, 2)));
        }
        else
        {
            GradientByParts(qkv, heads, first, mixed, logSums, given, gradient);
        }

        return [gradient.MoveToOuterDisposeScope(), null!, null!];
    }

    /// <summary>Softmax of bfloat16 products is done in float32.</summary>
    private static ScalarType SoftmaxType(Tensor qkv) => qkv.dtype == ScalarType.BFloat16 ? ScalarType.Float32 : qkv.dtype;

    /// <summary>Queries (0), keys (1) or values (2).</summary>
    private static HeadTokens OfPart(Tensor qkv, int heads, int part, long first = 0) => new(qkv, heads, part, parts: 3, first);

    private static void MixByParts(Tensor qkv, int heads, long first, Tensor mixed, Tensor logSums)
    {
        foreach (var part in Parts(qkv.shape[0], qkv.shape[1], heads))
        {
            using var scope = NewDisposeScope();
            var weights = part.Queries(qkv, heads, first).bmm(part.Keys(qkv, heads).transpose(1, 2)).to_type(SoftmaxType(qkv));   // [H, n, N]
            var largest = weights.amax([-1], keepdim: true);                                                                     // [H, n, 1]
            var sums = weights.sub_(largest).exp_().sum(-1, keepdim: true);
            part.Tokens(mixed, heads).copy_(weights.to_type(qkv.dtype).bmm(part.Values(qkv, heads)).to_type(SoftmaxType(qkv)).div_(sums));
            part.Of(logSums).copy_(sums.log_().add_(largest));
        }
    }

    private static void GradientByParts(Tensor qkv, int heads, long first, Tensor mixed, Tensor logSums, Tensor given, Tensor gradient)
    {
        foreach (var part in Parts(qkv.shape[0], qkv.shape[1], heads))
        {
            using var scope = NewDisposeScope();
            var (queries, keys) = (part.Queries(qkv, heads, first), part.Keys(qkv, heads));
            var (values, outer) = (part.Values(qkv, heads), part.Tokens(given, heads));
            var weights = queries.bmm(keys.transpose(1, 2)).to_type(SoftmaxType(qkv)).sub_(part.Of(logSums)).exp_();
            part.Values(gradient, heads).copy_(weights.to_type(qkv.dtype).transpose(1, 2).bmm(outer));
            var along = (outer * part.Tokens(mixed, heads)).to_type(SoftmaxType(qkv)).sum(-1, keepdim: true);
            var slopes = outer.bmm(values.transpose(1, 2)).to_type(SoftmaxType(qkv)).sub_(along).mul_(weights).to_type(qkv.dtype);
            part.Keys(gradient, heads).copy_(slopes.transpose(1, 2).bmm(queries));
            part.Slice(gradient, 0, heads, first).copy_(slopes.bmm(keys).mul_(Part.Scale(qkv, heads)));
        }
    }

    /// <summary>Attention weights that are alive at a time: 8 MB of float32 stay in cache.</summary>
    private const long WeightsAtATime = 2 << 20;

    private static IEnumerable<Part> Parts(long batch, long tokens, int heads)
    {
        var together = (int)Math.Clamp(WeightsAtATime / (tokens * tokens), 1, heads);
        for (var sample = 0L; sample < batch; sample++)
        {
            for (var head = 0; head < heads; head += together)
                yield return new Part(sample, head, Math.Min(together, heads - head));
        }
    }

    /// <summary>Some heads of one sample, seen as a batch of matrices [H, N, D/h] without copying.</summary>
    private readonly record struct Part(long Sample, int Head, int Heads)
    {
        internal static double Scale(Tensor qkv, int heads) => 1 / Math.Sqrt((double)qkv.shape[2] / 3 / heads);

        internal Tensor Queries(Tensor qkv, int heads, long first) => Slice(qkv, 0, heads, first) * Scale(qkv, heads);

        internal Tensor Keys(Tensor qkv, int heads) => Slice(qkv, 1, heads, 0);

        internal Tensor Values(Tensor qkv, int heads) => Slice(qkv, 2, heads, 0);

        internal Tensor Of(Tensor perHead) => perHead[Sample].narrow(0, Head, Heads);

        internal Tensor Tokens(Tensor tokens, int heads)
        {
            var (n, d) = (tokens.shape[1], tokens.shape[2]);
            return tokens.as_strided([Heads, n, d / heads], [d / heads, d, 1], (Sample * n * d) + (Head * (d / heads)));
        }

        internal Tensor Slice(Tensor qkv, int which, int heads, long first)
        {
            var (n, row) = (qkv.shape[1], qkv.shape[2]);
            var size = row / 3 / heads;
            var offset = (((Sample * n) + first) * row) + (((which * heads) + Head) * size);
            return qkv.as_strided([Heads, n - first, size], [size, row, 1], offset);
        }
    }
}
