using SpectralEarth.Models.Products;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace SpectralEarth.Models.Layers;

/// <summary><see cref="StreamedAttention"/> of tokens to another sequence, where <see cref="MatrixProduct"/> multiplies.</summary>
internal sealed class StreamedCrossAttention : GradientFunction<StreamedCrossAttention>
{
    /// <inheritdoc/>
    public override string Name => nameof(StreamedCrossAttention);

    /// <summary>Mixes values for queries.</summary>
    /// <param name="queries">Heads inside each token, float32 on the processor, [B, n, D].</param>
    /// <param name="memory">Keys and values side by side, heads inside each, [B, N, 2 D].</param>
    /// <param name="heads">Heads h.</param>
    /// <returns>Mixed values, [B, n, D].</returns>
    internal static Tensor Mix(Tensor queries, Tensor memory, int heads)
    {
        using var scope = NewDisposeScope();
        return Run(queries.contiguous(), memory.contiguous(), heads).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (queries, memory, heads) = ((Tensor)vars[0], (Tensor)vars[1], (int)vars[2]);
        var mixed = empty_like(queries);
        var logSums = queries.new_empty([queries.shape[0], heads, queries.shape[1], 1]);
        TokenHeads.Mix(new(queries, heads), Keys(memory, heads), Values(memory, heads), new(mixed, heads), logSums);
        ctx.save_for_backward([queries, memory, mixed, logSums]);
        ctx.save_data(nameof(heads), heads);
        return mixed;
    }

    /// <inheritdoc/>
    protected override List<Tensor> Gradients(AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (heads, saved) = ((int)ctx.get_data("heads"), ctx.get_saved_variables());
        var (queries, memory, mixed, logSums) = (saved[0], saved[1], saved[2], saved[3]);
        var (toQueries, toMemory) = (empty_like(queries), empty_like(memory));
        TokenHeads.Gradient(
            (new(queries, heads), Keys(memory, heads), Values(memory, heads), new(mixed, heads)),
            new(grad_output.contiguous(), heads),
            logSums,
            (new(toQueries, heads), Keys(toMemory, heads), Values(toMemory, heads)));
        return [toQueries.MoveToOuterDisposeScope(), toMemory.MoveToOuterDisposeScope(), null!];
    }

    private static HeadTokens Keys(Tensor memory, int heads) => new(memory, heads, part: 0, parts: 2);

    private static HeadTokens Values(Tensor memory, int heads) => new(memory, heads, part: 1, parts: 2);
}
