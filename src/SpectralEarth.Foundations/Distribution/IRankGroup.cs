namespace SpectralEarth.Distribution;

/// <summary>
/// The processes ("ranks") that a launcher started together for one job. Every collective operation must be called by all
/// ranks in the same order with buffers of the same length; it returns when its part of this rank is done.
/// </summary>
public interface IRankGroup : IDisposable
{
    /// <summary>Number of this process, 0 to <see cref="Size"/> - 1.</summary>
    int Rank { get; }

    /// <summary>Number of processes.</summary>
    int Size { get; }

    /// <summary>Number of this process among those on its machine, from 0.</summary>
    int LocalRank { get; }

    /// <summary>Number of processes on this machine.</summary>
    int LocalSize { get; }

    /// <summary>Waits until all ranks have come here.</summary>
    void Barrier();

    /// <summary>Copies the bytes of rank <paramref name="root"/> to all ranks.</summary>
    void Broadcast(Span<byte> bytes, int root = 0);

    /// <summary>Replaces each value by its sum over all ranks, in place; the memory may be native.</summary>
    void Sum(Span<float> values);

    /// <inheritdoc cref="Sum(Span{float})"/>
    void Sum(Span<double> values);

    /// <inheritdoc cref="Sum(Span{float})"/>
    void Sum(Span<long> values);

    /// <summary>Begins to replace each value by its sum over all ranks.</summary>
    /// <param name="values">Native memory, which must stay and be left alone until the sum has been waited for.</param>
    IPendingSum BeginSum(Span<float> values);

    /// <summary>The same ranks for memory of GPUs; all ranks call it. Belongs to the group.</summary>
    /// <param name="device">Number of this rank's GPU among those that its process sees.</param>
    /// <exception cref="DistributionException">The GPUs cannot be connected; the message says what is missing.</exception>
    IDeviceRanks OnDevice(int device);

    /// <summary>From now on <see cref="IDisposable.Dispose"/> waits for nobody: this rank or another has failed.</summary>
    void Abandon();
}
