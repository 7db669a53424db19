using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>The mean spectrum of a patch's valid pixels, in units of the data set's scale; 0 in a band without any.</summary>
/// <param name="dataset">Data set.</param>
/// <param name="threads">Threads that read patches.</param>
internal sealed class MeanSpectrum(Dataset dataset, int threads) : IPatchFeatures
{
    private const int BatchSize = 16;

    /// <inheritdoc/>
    public Tensor Of(IReadOnlyList<int> patches, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var spectra = new List<Tensor>();
        using var loader = new PatchLoader(dataset, patches.Chunk(BatchSize), threads);
        while (loader.Next(cancel) is { } batch)
        {
            using (batch)
                spectra.Add(Of(batch, dataset.Manifest));
        }

        return cat(spectra, 0).MoveToOuterDisposeScope();
    }

    /// <summary>[B, C].</summary>
    private static Tensor Of(PatchBatch batch, DatasetManifest data)
    {
        using var scope = NewDisposeScope();
        var (b, size) = (batch.Indices.Length, data.PatchSize);
        var numbers = tensor(batch.Pixels, [b, data.Bands.Count, size, size]);
        var valid = tensor(batch.Validity, [b, 1, size, size]).ne(0).logical_and(numbers.ne(data.NoData));      // [B, C, H, W]
        var sums = numbers.to_type(ScalarType.Float32).masked_fill_(valid.logical_not(), 0).sum([2, 3]);
        return (sums * data.Scale / valid.sum([2, 3]).clamp_min(1)).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
