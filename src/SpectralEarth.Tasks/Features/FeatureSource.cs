using SpectralEarth.Checkpoints;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Training;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>
/// Features that a frozen encoder gives the patches of a data set, computed once and kept in a folder: of each patch the map of the
/// last layer [D, h, w] and the feature of the whole image [D]. A folder that was filled in part is filled to the end.
/// </summary>
internal sealed class FeatureSource : IDisposable
{
    private const int PatchesPerFile = 64, BatchSize = 8;
    private const string MapKey = "map.", ImageKey = "image.", OriginKey = "features_of";

    private readonly string folder;
    private readonly DatasetManifest data;
    private readonly Dictionary<int, SafeTensorsFile> files = [];

    private FeatureSource(string folder, DatasetManifest data, EncoderSource source) =>
        (this.folder, this.data, Path, Checksum) = (folder, data, source.Checkpoint.Path, source.Checkpoint.Checksum);

    /// <summary>File of the checkpoint.</summary>
    public string Path { get; }

    /// <summary>Identity of its weights.</summary>
    public string Checksum { get; }

    /// <summary>Opens the features of a data set, computing those that are missing.</summary>
    /// <param name="source">Checkpoint with the encoder, opened for the data set; stays its owner's.</param>
    /// <param name="dataset">Data set whose patches have the size of the encoder's windows.</param>
    /// <param name="folder">Where they are kept.</param>
    /// <param name="recipe">Initial weights, seed, device, loader threads.</param>
    /// <param name="cancel">Stops between batches; files that are complete are kept.</param>
    /// <exception cref="CheckpointException">The encoder's weights do not fit, it takes other windows, or the folder holds features of another.</exception>
    public static FeatureSource Open(EncoderSource source, Dataset dataset, string folder, FinetuneRecipe recipe, CancellationToken cancel)
    {
        var random = recipe.InitialWeights == InitialWeights.Random;
        // Of a random encoder the checksum stands for architecture and statistics, which the checkpoint gives it.
        var origin = $"{dataset.Manifest.Fingerprint} {KeyNames.Of(recipe.Bands)} {source.Checkpoint.Checksum}{(random ? $" random {recipe.Seed}" : "")}";
        var features = new FeatureSource(folder, dataset.Manifest, source);
        var missing = Enumerable.Range(0, dataset.Catalog.Count).Chunk(PatchesPerFile).Where((_, number) => !features.IsThere(number, origin)).ToArray();
        if (missing.Length > 0)
            features.Fill(source, missing, recipe, origin, cancel);
        return features;
    }

    /// <summary>Maps of a batch, interpolated to the pixels of the patches, float32 [B, D, H, W], on the CPU.</summary>
    public Tensor Pixels(PatchBatch batch)
    {
        using var scope = NewDisposeScope();
        var maps = stack([.. batch.Indices.Select(patch => File(patch).Read(MapKey + patch))]);    // [B, D, h, w]
        return nn.functional.interpolate(maps, [data.PatchSize, data.PatchSize], mode: InterpolationMode.Bilinear, align_corners: false).MoveToOuterDisposeScope();
    }

    /// <summary>Features of whole images, float32 [N, D], on the CPU.</summary>
    /// <param name="patches">Catalog indices, N.</param>
    public Tensor Images(IReadOnlyList<int> patches)
    {
        using var scope = NewDisposeScope();
        return stack([.. patches.Select(patch => File(patch).Read(ImageKey + patch))]).MoveToOuterDisposeScope();    // [N, D]
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in files.Values)
            file.Dispose();
        files.Clear();
    }

    private void Fill(EncoderSource source, IReadOnlyList<int[]> missing, FinetuneRecipe recipe, string origin, CancellationToken cancel)
    {
        using var encoder = new FrozenEncoder(source, Compute.Select(recipe.Device), recipe.InitialWeights, recipe.Seed);
        using var inference = inference_mode();
        foreach (var patches in missing)
        {
            using var scope = NewDisposeScope();
            var tensors = new Dictionary<string, Tensor>();
            using var loader = new PatchLoader(source.Dataset, patches.Chunk(BatchSize), recipe.LoaderThreads);
            while (loader.Next(cancel) is { } batch)
            {
                FinalizerGate.Pass();
                using (batch)
                    Add(encoder, batch, tensors);
            }

            SafeTensorsFile.Write(FileOf(patches[0] / PatchesPerFile), tensors, new Dictionary<string, string> { [OriginKey] = origin });
        }
    }

    private static void Add(FrozenEncoder encoder, PatchBatch batch, Dictionary<string, Tensor> tensors)
    {
        using var scope = NewDisposeScope();
        var images = encoder.Images(batch);
        var (maps, features) = (encoder.Map(images), encoder.Features(images));    // [B, D, h, w], [B, D]
        for (var sample = 0; sample < batch.Indices.Length; sample++)
        {
            tensors.Add(MapKey + batch.Indices[sample], maps[sample].clone().MoveToOuterDisposeScope());
            tensors.Add(ImageKey + batch.Indices[sample], features[sample].clone().MoveToOuterDisposeScope());
        }
    }

    private bool IsThere(int number, string origin)
    {
        if (!System.IO.File.Exists(FileOf(number)))
            return false;
        using var file = SafeTensorsFile.Open(FileOf(number));
        return file.Metadata.TryGetValue(OriginKey, out var found) && found == origin
            ? true
            : throw new CheckpointException($"{file.Path}: holds features of another data set or checkpoint ({found ?? "unknown"}, expected {origin}). Delete the folder, or name another.");
    }

    private SafeTensorsFile File(int patch)
    {
        var number = patch / PatchesPerFile;
        if (!files.TryGetValue(number, out var file))
            files.Add(number, file = SafeTensorsFile.Open(FileOf(number)));
        return file;
    }

    private string FileOf(int number) => System.IO.Path.Combine(folder, FormattableString.Invariant($"features-{number:D5}.safetensors"));
}
