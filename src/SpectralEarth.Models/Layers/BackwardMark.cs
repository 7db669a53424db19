using static TorchSharp.torch;
using static TorchSharp.torch.autograd;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Layers;

/// <summary>
/// Passes the input of a module on. In the backward pass it is reached when the module's parameters have their gradients, and
/// tells the <see cref="SharedBatch"/> so: torch runs what is made later in the forward pass earlier in the backward pass, and
/// adds to the gradients of parameters at once.
/// </summary>
internal sealed class BackwardMark : GradientFunction<BackwardMark>
{
    /// <inheritdoc/>
    public override string Name => nameof(BackwardMark);

    /// <summary>The input, marked where a gradient will come back through it and somebody wants to know.</summary>
    internal static Tensor Before(Module module, Tensor input)
    {
        if (SharedBatch.Current is not { } shared || !input.requires_grad || !is_grad_enabled())
            return input;
        shared.Enter(module);
        return Run(input, module, shared);
    }

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        ctx.save_data("module", vars[1]);
        ctx.save_data("shared", vars[2]);
        return ((Tensor)vars[0]).alias();
    }

    /// <inheritdoc/>
    protected override List<Tensor> Gradients(AutogradContext ctx, Tensor grad_output)
    {
        ((SharedBatch)ctx.get_data("shared")).Leave((Module)ctx.get_data("module"));
        return [grad_output.alias(), null!, null!];
    }
}
