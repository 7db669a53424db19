using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>Brings each of F numbers to mean 0 and deviation 1 over the training samples.</summary>
internal sealed class Standardization : IDisposable
{
    private readonly Tensor mean, deviation;    // [1, F]

    /// <param name="inputs">Training samples, [M, F].</param>
    public Standardization(Tensor inputs)
    {
        using var scope = NewDisposeScope();
        mean = inputs.mean([0], keepdim: true).DetachFromDisposeScope();
        // A band that does not vary tells nothing; 1 keeps it at 0.
        var spread = inputs.std(0, unbiased: false, keepdim: true);
        deviation = spread.masked_fill(spread.lt(1e-9), 1).DetachFromDisposeScope();
    }

    /// <summary>[M, F] to [M, F] of the same number type.</summary>
    public Tensor Apply(Tensor inputs)
    {
        using var scope = NewDisposeScope();
        return ((inputs - mean.to_type(inputs.dtype)) / deviation.to_type(inputs.dtype)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        mean.Dispose();
        deviation.Dispose();
    }
}
