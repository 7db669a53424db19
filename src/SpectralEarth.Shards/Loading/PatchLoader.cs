namespace SpectralEarth.Shards.Loading;

/// <summary>
/// Reads batches in the order of a <c>SampleOrder</c> on background threads, ahead of the consumer.
/// The order of batches and samples depends on seed and epoch only, never on thread timing.
/// </summary>
public sealed class PatchLoader : IDisposable
{
    /// <summary>Starts reading.</summary>
    /// <param name="dataset">Data set to read.</param>
    /// <param name="batches">Catalog indices of each batch, in order; enumerated lazily, may be endless.</param>
    /// <param name="threads">Decoding threads.</param>
    /// <param name="prefetch">Batches read ahead.</param>
    public PatchLoader(Dataset dataset, IEnumerable<int[]> batches, int threads = 2, int prefetch = 4) => throw new NotImplementedException();

    /// <summary>The next batch, or null after the last one; waits for it if need be.</summary>
    /// <exception cref="DatasetException">A patch of the batch could not be read.</exception>
    public PatchBatch? Next(CancellationToken cancel = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}
