using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace SpectralEarth.Models.Layers;

/// <summary>
/// Runs a block and forgets its intermediate results; the backward pass runs it once more (Chen et al. 2016, section 3).
/// Memory for a third more work; the gradients are the same.
/// </summary>
internal sealed class Recomputed : GradientFunction<Recomputed>
{
    /// <inheritdoc/>
    public override string Name => nameof(Recomputed);

    /// <summary>Result of a block without randomness.</summary>
    /// <param name="block">Block, [B, N, D] to [B, N, D].</param>
    /// <param name="input">Its input. One that needs no gradient would cut off the block's parameters: then nothing is forgotten.</param>
    internal static Tensor Apply(Func<Tensor, Tensor> block, Tensor input)
    {
        if (!input.requires_grad || !is_grad_enabled())
            return block(input);
        return Run(input, block, MixedPrecision.Current);
    }

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        using var frozen = no_grad();
        var (input, block) = ((Tensor)vars[0], (Func<Tensor, Tensor>)vars[1]);
        ctx.save_for_backward([input]);
        ctx.save_data(nameof(block), block);
        ctx.save_data("precision", vars[2]);
        return block(input);
    }

    /// <inheritdoc/>
    protected override List<Tensor> Gradients(AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var recording = enable_grad();
        using var precision = MixedPrecision.Use((Precision)ctx.get_data("precision"));
        var input = ctx.get_saved_variables()[0].detach().requires_grad_();
        var output = ((Func<Tensor, Tensor>)ctx.get_data("block"))(input);
        output.backward([grad_output]);             // adds to the gradients of the block's parameters
        return [input.grad!.MoveToOuterDisposeScope(), null!, null!];
    }
}
