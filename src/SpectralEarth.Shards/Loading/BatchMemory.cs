using System.Collections.Concurrent;
using SpectralEarth.Storage;

namespace SpectralEarth.Shards.Loading;

/// <summary>Makes batches, out of the arrays of disposed ones where their size fits.</summary>
internal sealed class BatchMemory(DatasetManifest manifest, bool labelled, int kept)
{
    private readonly ConcurrentQueue<PatchBatch> free = new();
    private readonly int pixels = manifest.PatchSize * manifest.PatchSize;

    /// <summary>Samples of a patch, C x H x W.</summary>
    public int SampleLength => manifest.Bands.Count * pixels;

    /// <summary>Pixels of a channel, H x W.</summary>
    public int PixelLength => pixels;

    public PatchBatch Take(int[] indices)
    {
        var used = free.TryDequeue(out var batch) && batch.Indices.Length == indices.Length ? batch : null;
        return new PatchBatch
        {
            Indices = indices,
            Pixels = used?.Pixels ?? FreshMemory.Array<short>(checked(indices.Length * SampleLength)),
            Validity = used?.Validity ?? new byte[indices.Length * pixels],
            Labels = labelled ? used?.Labels ?? new byte[indices.Length * pixels] : null,
            Recycle = Return,
        };
    }

    private void Return(PatchBatch batch)
    {
        if (free.Count < kept)
            free.Enqueue(batch);
    }
}
