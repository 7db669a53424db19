using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>
/// Compares the classes of patches with their labels. Ground that lies in several overlapping patches of a scene counts once,
/// with the mean of its probabilities, as windows are blended in a map.
/// </summary>
/// <param name="dataset">Data set.</param>
/// <param name="patches">Catalog indices of the patches to score.</param>
/// <param name="classes">Classes.</param>
/// <param name="batchSize">Patches classified together.</param>
/// <param name="threads">Threads that read patches.</param>
/// <param name="progress">Told the share of the patches that is classified, 0 to 1.</param>
internal sealed class PatchScoring(
    Dataset dataset, IReadOnlyList<int> patches, ClassTable classes, int batchSize, int threads, IProgress<double>? progress = null)
{
    private readonly int side = dataset.Manifest.PatchSize, channels = dataset.Manifest.Bands.Count;
    private int classified;

    /// <summary>Counts the labelled pixels of each patch and averages their spectra.</summary>
    public ConfusionStore Score(IWindowClassifier classifier, CancellationToken cancel)
    {
        var spectra = new OutcomeSpectra(classes.Count, channels, dataset.Manifest.NoData);
        var store = new ConfusionStore(classes) { Spectra = spectra };
        if (dataset.Manifest.Stride >= side)
        {
            Read(patches, (batch, reference) => Count(batch, reference, Classified(batch, PatchMap.Classes(classifier, batch, side, dataset.Manifest.NoData)), store, spectra), cancel);
            return store;
        }

        foreach (var scene in patches.GroupBy(patch => dataset.Catalog[patch].SceneId, StringComparer.Ordinal))
        {
            var ground = new OverlapSums(classes.Count, side);
            Read([.. scene], (batch, reference) => ground.Add(Infos(batch), reference, Classified(batch, PatchMap.Probabilities(classifier, batch, side, dataset.Manifest.NoData))), cancel);
            Read([.. scene], (batch, reference) => Count(batch, reference, ground.Take(Infos(batch), reference), store, spectra), cancel);
        }

        return store;
    }

    /// <summary>Tells that a batch is classified.</summary>
    private T Classified<T>(PatchBatch batch, T result)
    {
        progress?.Report((double)(classified += batch.Indices.Length) / patches.Count);
        return result;
    }

    private void Read(IReadOnlyList<int> chosen, Action<PatchBatch, byte[]> use, CancellationToken cancel)
    {
        using var loader = new PatchLoader(dataset, chosen.Chunk(batchSize), threads);
        while (loader.Next(cancel) is { } batch)
        {
            FinalizerGate.Pass();
            using (batch)
                use(batch, LabelCensus.Reference(batch.Labels, batch.Validity, classes));
        }
    }

    private void Count(PatchBatch batch, byte[] reference, byte[] predicted, ConfusionStore store, OutcomeSpectra spectra)
    {
        var area = side * side;
        for (var sample = 0; sample < batch.Indices.Length; sample++)
        {
            var matrix = new ConfusionMatrix(classes.Count);
            var labels = reference.AsSpan(sample * area, area);
            var found = predicted.AsSpan(sample * area, area);
            matrix.Add(labels, found);
            store.Add(matrix);
            spectra.Add(labels, found, batch.Pixels.AsSpan(sample * channels * area, channels * area));
        }
    }

    private PatchInfo[] Infos(PatchBatch batch) => [.. batch.Indices.Select(index => dataset.Catalog[index])];
}
