using SpectralEarth.Models.Products;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace SpectralEarth.Models.Layers;

/// <summary>x W^T + b and its gradients by <see cref="MatrixProduct"/>.</summary>
internal sealed class LinearProduct : GradientFunction<LinearProduct>
{
    /// <inheritdoc/>
    public override string Name => nameof(LinearProduct);

    /// <param name="input">[..., In].</param>
    /// <param name="weight">[Out, In].</param>
    /// <param name="bias">[Out].</param>
    /// <returns>[..., Out].</returns>
    internal static Tensor Apply(Tensor input, Tensor weight, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var rows = input.reshape(-1, input.shape[^1]);
        return apply(rows, weight, bias).reshape([.. input.shape[..^1], weight.shape[0]]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (input, weight, bias) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        ctx.save_for_backward([input, weight]);
        ctx.save_data(nameof(bias), bias.requires_grad);
        var result = input.new_empty([input.shape[0], weight.shape[0]]);
        using var scope = NewDisposeScope();
        MatrixProduct.Into(result, input, weight.t(), bias.contiguous());
        return result;
    }

    /// <inheritdoc/>
    protected override List<Tensor> Gradients(AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var saved = ctx.get_saved_variables();
        var (input, weight, given) = (saved[0], saved[1], grad_output.contiguous());
        return
        [
            input.requires_grad ? MatrixProduct.Of(given, weight).MoveToOuterDisposeScope() : null!,
            weight.requires_grad ? MatrixProduct.Of(given.t(), input).MoveToOuterDisposeScope() : null!,
            (bool)ctx.get_data("bias") ? given.sum([0]).MoveToOuterDisposeScope() : null!,
        ];
    }
}
