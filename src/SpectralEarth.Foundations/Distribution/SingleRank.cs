namespace SpectralEarth.Distribution;

/// <summary>A group of one process: there is nobody to talk to.</summary>
public sealed class SingleRank : IRankGroup
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public int LocalRank => 0;

    /// <inheritdoc/>
    public int LocalSize => 1;

    /// <inheritdoc/>
    public void Barrier()
    {
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> bytes, int root = 0) => ArgumentOutOfRangeException.ThrowIfNotEqual(root, 0);

    /// <inheritdoc/>
    public void Sum(Span<float> values)
    {
    }

    /// <inheritdoc/>
    public void Sum(Span<double> values)
    {
    }

    /// <inheritdoc/>
    public void Sum(Span<long> values)
    {
    }

    /// <inheritdoc/>
    public IPendingSum BeginSum(Span<float> values) => new Nothing();

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Always: one process has nothing to sum.</exception>
    public IDeviceRanks OnDevice(int device) => throw new InvalidOperationException("A group of one has no other GPU to connect with.");

    /// <inheritdoc/>
    public void Abandon()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Nothing : IPendingSum
    {
        public void Progress()
        {
        }

        public void Wait()
        {
        }
    }
}
