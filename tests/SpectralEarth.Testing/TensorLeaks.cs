using NUnit.Framework;
using SpectralEarth.Training;
using TorchSharp;

namespace SpectralEarth.Testing;

/// <summary>Fails a test that leaves native tensors alive: create first, so that it is disposed last.</summary>
public sealed class TensorLeaks : IDisposable
{
    private readonly long before;

    private TensorLeaks()
    {
        // What earlier tests left to the garbage collector must not die inside this one and hide, or feign, a difference.
        GC.Collect();
        FinalizerGate.Drain();
        before = torch.Tensor.TotalCount;
    }

    /// <summary>Counts tensors from here to the end of the using block.</summary>
    public static TensorLeaks MustBeNone() => new();

    /// <inheritdoc/>
    public void Dispose() =>
        Assert.That(torch.Tensor.TotalCount - before, Is.Zero, "Tensors created in this test are still alive.");
}
