using SpectralEarth.Checkpoints;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Features;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Training;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Embedding;

/// <summary>Turns the patches of a data set into vectors with a frozen encoder.</summary>
public sealed class Embedder : IDisposable
{
    private const int LoaderThreads = 2;

    private readonly EncoderSource source;
    private readonly FrozenEncoder encoder;
    private readonly EmbedOptions options;

    private Embedder(EncoderSource source, EmbedOptions options, Device device) =>
        (this.source, this.options, encoder) = (source, options, new FrozenEncoder(source, device));

    /// <summary>What a person should know about the bands, or null.</summary>
    public string? Warning => source.Warning;

    /// <summary>Opens the encoder of a checkpoint of any architecture.</summary>
    /// <param name="checkpoint">Run folder or .safetensors file.</param>
    /// <param name="dataset">Data set whose patches have the size of the encoder's windows.</param>
    /// <param name="options">What to make.</param>
    /// <param name="device">Where the encoder runs.</param>
    /// <exception cref="CheckpointException">There is no usable checkpoint, or it takes windows of another size.</exception>
    /// <exception cref="Mapping.BandMismatchException">The data set has other bands.</exception>
    public static Embedder Open(string checkpoint, Dataset dataset, EmbedOptions options, Device device)
    {
        var source = EncoderSource.Open(checkpoint, dataset);
        try
        {
            return new Embedder(source, options, device);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Writes the vectors of all patches, in the order of the catalog; the file is complete or absent.</summary>
    /// <param name="path">Parquet file to write.</param>
    /// <param name="progress">Told the share of the patches that is done, 0 to 1.</param>
    /// <param name="cancel">Stops between batches; no file is written then.</param>
    /// <returns>Number of vectors.</returns>
    /// <exception cref="DatasetException">A patch cannot be read, or the file is one of the data set's own.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public long Write(string path, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        source.Dataset.RequireForeign(path);
        var count = 0L;
        var shape = source.Description.Encoder;
        var origin = new EmbeddingOrigin(source.Dataset.Manifest.Fingerprint, source.Checkpoint.Checksum, KeyNames.Of(shape.Architecture), shape.FeatureWidth, options.PerToken);
        EmbeddingFile.Write(path, origin, Vectors(progress, cancel).Select(vector =>
        {
            count++;
            return vector;
        }));
        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        encoder.Dispose();
        source.Dispose();
    }

    private IEnumerable<Shards.Format.Embedding> Vectors(IProgress<double>? progress, CancellationToken cancel)
    {
        var catalog = source.Dataset.Catalog;
        using var loader = new PatchLoader(source.Dataset, Enumerable.Range(0, catalog.Count).Chunk(options.BatchSize), LoaderThreads);
        while (loader.Next(cancel) is { } batch)
        {
            FinalizerGate.Pass();
            using (batch)
            {
                var (numbers, tokens) = Features(batch);
                for (var sample = 0; sample < batch.Indices.Length; sample++)
                {
                    var patch = catalog[batch.Indices[sample]];
                    for (var token = 0; token < tokens * tokens; token++)
                        yield return Vector(patch, token / tokens, token % tokens, tokens, numbers, (sample * tokens * tokens) + token);
                }

                progress?.Report((batch.Indices[^1] + 1.0) / catalog.Count);
            }
        }
    }

    private Shards.Format.Embedding Vector(PatchInfo patch, int row, int column, int tokensPerSide, float[] numbers, int index)
    {
        var side = source.Dataset.Manifest.PatchSize / tokensPerSide;
        var place = new GeoTransform(patch.Left, patch.Top, patch.PixelSizeM).Shifted(column * side, row * side);
        var footprint = options.PerToken ? MapProjection.Footprint(patch.Epsg, place, side) : patch.Footprint;
        return new Shards.Format.Embedding(new EmbeddedPlace(patch.LocationId, patch.SceneId, patch.Time, row, column), footprint,
            numbers.AsSpan(index * encoder.Width, encoder.Width).ToArray());
    }

    /// <summary>Vectors of a batch, [B, t, t, D], and the tokens along a side t; 1 for whole patches.</summary>
    private (float[] Numbers, int TokensPerSide) Features(PatchBatch batch)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var images = encoder.Images(batch);
        if (!options.PerToken)
            return (encoder.Features(images).data<float>().ToArray(), 1);
        var map = encoder.Map(images);                                              // [B, D, t, t]
        return (map.permute(0, 2, 3, 1).contiguous().data<float>().ToArray(), (int)map.shape[2]);
    }
}

/// <summary>What vectors to make, and how.</summary>
public sealed record EmbedOptions
{
    /// <summary>True for a vector per token (or cell of the last feature map), false for one per patch.</summary>
    public bool PerToken { get; init; }
    /// <summary>Patches in work at once.</summary>
    public int BatchSize { get; init; } = 16;
}
