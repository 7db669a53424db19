namespace SpectralEarth.Distribution;

/// <summary>Floating-point numbers (IEEE 754) that ranks sum in the memory of a GPU.</summary>
public enum DeviceNumber
{
    /// <summary>32 bits.</summary>
    FourBytes,
    /// <summary>64 bits.</summary>
    EightBytes,
}

/// <summary>
/// The ranks of a group, each with the memory of a GPU of its own. Operations are in order with the work that was given to the
/// GPU's default stream before and after; none but <see cref="IPendingSum.Wait"/> holds up the calling thread.
/// </summary>
public interface IDeviceRanks
{
    /// <summary>Begins to replace each number by its sum over all ranks, while the GPU goes on with work that is given to it later.</summary>
    /// <param name="start">Address in the GPU's memory, which must stay and be left alone until the sum has been waited for.</param>
    /// <param name="count">How many.</param>
    /// <param name="number">Of which type.</param>
    /// <exception cref="DistributionException">The connection of the ranks has failed.</exception>
    IPendingSum BeginSum(nint start, long count, DeviceNumber number);

    /// <summary>As <see cref="BeginSum"/>, but work that is given to the GPU later sees the sum.</summary>
    void Sum(nint start, long count, DeviceNumber number);

    /// <summary>Copies memory of the GPU of rank <paramref name="root"/> to those of all ranks; work that is given later sees the copy.</summary>
    /// <inheritdoc cref="BeginSum"/>
    /// <param name="start">Address in the GPU's memory.</param>
    /// <param name="bytes">How many bytes.</param>
    /// <param name="root">Whose they are.</param>
    void Broadcast(nint start, long bytes, int root);
}
