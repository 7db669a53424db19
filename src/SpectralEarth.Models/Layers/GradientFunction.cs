using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace SpectralEarth.Models.Layers;

/// <summary>
/// A function with gradients of its own that keeps no memory longer than it is needed. TorchSharp 0.107 would free the gradients
/// that it hands to libtorch, and the one that it was handed, with the scope around the backward pass (on a GPU, whose backward
/// pass runs on a thread without scopes, by finalizers), and what was saved with the whole graph. One backward pass only.
/// </summary>
internal abstract class GradientFunction<T> : SingleTensorFunction<T>
    where T : GradientFunction<T>, new()
{
    /// <inheritdoc/>
    public sealed override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        HandedGradients.Free();
        var gradients = Gradients(ctx, grad_output);
        HandedGradients.Free();                 // of the backward pass in a recomputed block
        HandedGradients.Keep([.. gradients, grad_output]);
        ctx.Dispose();
        return gradients;
    }

    /// <summary>Runs the function.</summary>
    /// <param name="vars">As <see cref="SingleTensorFunction{T}.forward"/> takes them.</param>
    /// <returns>Its result, in the caller's scope; TorchSharp also makes an empty tensor of that size, which is freed here.</returns>
    protected static Tensor Run(params object?[] vars)
    {
        using var scope = NewDisposeScope();
        return apply(vars!).MoveToOuterDisposeScope();
    }

    /// <summary>Gradients of what <see cref="SingleTensorFunction{T}.forward"/> was given, each in the caller's scope or in none; null where none is needed.</summary>
    /// <param name="ctx">What was saved.</param>
    /// <param name="grad_output">Gradient of the result.</param>
    protected abstract List<Tensor> Gradients(AutogradContext ctx, Tensor grad_output);
}

/// <summary>The last gradients that a thread handed to libtorch, which has references of its own as soon as the call has returned.</summary>
internal static class HandedGradients
{
    [ThreadStatic]
    private static List<Tensor?>? last;

    internal static void Keep(List<Tensor?> gradients) => last = gradients;

    internal static void Free()
    {
        last?.ForEach(gradient => gradient?.Dispose());
        last = null;
    }
}
