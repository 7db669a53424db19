using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>The spectrum of each pixel, in units of the data set's scale; 0 where a band has no data.</summary>
internal sealed class SpectrumFeatures(DatasetManifest data) : IPixelFeatures
{
    /// <inheritdoc/>
    public Tensor Of(PatchBatch batch)
    {
        using var scope = NewDisposeScope();
        var numbers = tensor(batch.Pixels, [batch.Indices.Length, data.Bands.Count, data.PatchSize, data.PatchSize]);
        return numbers.to_type(ScalarType.Float32).mul_(data.Scale).masked_fill_(numbers.eq(data.NoData), 0).MoveToOuterDisposeScope();
    }
}
