using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>Spectra that describe patches, in units of the data set's scale, on the CPU.</summary>
internal static class PatchSpectra
{
    private const int BatchSize = 16;

    /// <summary>The spectrum of each pixel of a batch, float32 [B, C, H, W]; 0 where a band has no data.</summary>
    public static Tensor OfPixels(PatchBatch batch, DatasetManifest data)
    {
        using var scope = NewDisposeScope();
        var numbers = tensor(batch.Pixels, [batch.Indices.Length, data.Bands.Count, data.PatchSize, data.PatchSize]);
        return numbers.to_type(ScalarType.Float32).mul_(data.Scale).masked_fill_(numbers.eq(data.NoData), 0).MoveToOuterDisposeScope();
    }

    /// <summary>The mean spectrum of each patch's valid pixels, float32 [N, C]; 0 in a band without any.</summary>
    /// <param name="dataset">Data set.</param>
    /// <param name="patches">Catalog indices, N.</param>
    /// <param name="threads">Threads that read patches.</param>
    /// <param name="cancel">Stops between batches.</param>
    public static Tensor Means(Dataset dataset, IReadOnlyList<int> patches, int threads, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var spectra = new List<Tensor>();
        using var loader = new PatchLoader(dataset, patches.Chunk(BatchSize), threads);
        while (loader.Next(cancel) is { } batch)
        {
            using (batch)
                spectra.Add(Means(batch, dataset.Manifest));
        }

        return cat(spectra, 0).MoveToOuterDisposeScope();
    }

    /// <summary>[B, C].</summary>
    private static Tensor Means(PatchBatch batch, DatasetManifest data)
    {
        using var scope = NewDisposeScope();
        var (b, size) = (batch.Indices.Length, data.PatchSize);
        var numbers = tensor(batch.Pixels, [b, data.Bands.Count, size, size]);
        var valid = tensor(batch.Validity, [b, 1, size, size]).ne(0).logical_and(numbers.ne(data.NoData));      // [B, C, H, W]
        var sums = numbers.to_type(ScalarType.Float32).masked_fill_(valid.logical_not(), 0).sum([2, 3]);
        return (sums * data.Scale / valid.sum([2, 3]).clamp_min(1)).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
