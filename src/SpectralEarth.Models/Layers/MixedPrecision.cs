using static TorchSharp.torch;

namespace SpectralEarth.Models;

/// <summary>
/// Products in a smaller number type over float32 weights (Micikevicius et al. 2018, section 3.1; with bfloat16 losses need no
/// scaling: Kalamkar et al. 2019). Inputs and weights are converted where they meet, gradients on their way back, so that the
/// weights and their gradients stay float32. What torch calls autocast, for <see cref="Layers.Dense"/>.
/// </summary>
public static class MixedPrecision
{
    [ThreadStatic]
    private static Precision current;

    /// <summary>Number type of products on this thread.</summary>
    internal static Precision Current => current;

    /// <summary>Changes the number type of products on this thread until the result is disposed.</summary>
    public static IDisposable Use(Precision precision)
    {
        var change = new Change(current);
        current = precision;
        return change;
    }

    /// <summary>Linear layer in bfloat16, the result too.</summary>
    /// <inheritdoc cref="Layers.Dense.Product"/>
    internal static Tensor Product(Tensor input, Tensor weight, Tensor bias)
    {
        using var scope = NewDisposeScope();
        const ScalarType type = ScalarType.BFloat16;
        return nn.functional.linear(input.to_type(type), weight.to_type(type), bias.to_type(type)).MoveToOuterDisposeScope();
    }

    private sealed class Change(Precision before) : IDisposable
    {
        public void Dispose() => current = before;
    }
}
