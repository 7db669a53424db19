using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models;

/// <summary>
/// The processes that share the batch of a training step, each of which has an equally large part of its samples in the
/// order of their numbers. Normalisations and losses that look at the whole batch ask it for sums. Networks know no more of
/// ranks than this.
/// </summary>
public abstract class SharedBatch
{
    [ThreadStatic]
    private static SharedBatch? current;

    /// <summary>The batch that the running step of this thread shares; null if it has the batch alone.</summary>
    public static SharedBatch? Current => current;

    /// <summary>Number of parts.</summary>
    public abstract int Parts { get; }

    /// <summary>Number of this process's part, from 0.</summary>
    public abstract int Part { get; }

    /// <summary>Shares the batch until the result is disposed. All processes must do the same with their parts.</summary>
    /// <param name="batch">How it is shared; null if it is not.</param>
    public static IDisposable Use(SharedBatch? batch)
    {
        var before = current;
        current = batch;
        return new Restored(before);
    }

    /// <summary>Replaces <paramref name="values"/>, float32 or float64 and contiguous, by the sum over all parts, the same in all.</summary>
    public abstract void Sum(Tensor values);

    /// <summary>Told that a block works on this part of the batch; <see cref="Leave"/> will follow in the backward pass.</summary>
    public virtual void Enter(Module block)
    {
    }

    /// <summary>Told that the parameters of a block have all of the gradient that comes from one <see cref="Enter"/>.</summary>
    public virtual void Leave(Module block)
    {
    }

    /// <summary>The rows of all parts in their order, [B, ...] to [Parts * B, ...], without gradient.</summary>
    internal Tensor Gather(Tensor rows)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var all = rows.new_zeros([Parts * rows.shape[0], .. rows.shape[1..]]);
        all.narrow(0, Part * rows.shape[0], rows.shape[0]).copy_(rows);
        Sum(all);                                                               // zeros leave a sum as it is
        return all.MoveToOuterDisposeScope();
    }

    private sealed class Restored(SharedBatch? before) : IDisposable
    {
        public void Dispose() => current = before;
    }
}
