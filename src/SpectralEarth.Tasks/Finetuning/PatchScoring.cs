using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Compares the classes of patches with their labels.</summary>
/// <param name="dataset">Data set.</param>
/// <param name="patches">Catalog indices of the patches to score.</param>
/// <param name="classes">Classes.</param>
/// <param name="batchSize">Patches classified together.</param>
/// <param name="threads">Threads that read patches.</param>
internal sealed class PatchScoring(Dataset dataset, IReadOnlyList<int> patches, ClassTable classes, int batchSize, int threads)
{
    /// <summary>Counts the labelled pixels of each patch and averages their spectra; ground that lies in several overlapping patches of a scene counts once.</summary>
    public ConfusionStore Score(IWindowClassifier classifier, CancellationToken cancel)
    {
        var channels = dataset.Manifest.Bands.Count;
        var spectra = new OutcomeSpectra(classes.Count, channels, dataset.Manifest.NoData);
        var store = new ConfusionStore(classes) { Spectra = spectra };
        var scored = dataset.Manifest.Stride < dataset.Manifest.PatchSize ? new ScoredGround() : null;
        var side = dataset.Manifest.PatchSize;
        using var loader = new PatchLoader(dataset, patches.Chunk(batchSize), threads);
        while (loader.Next(cancel) is { } batch)
        {
            FinalizerGate.Pass();
            using (batch)
            {
                var reference = LabelCensus.Reference(batch.Labels, batch.Validity, classes);
                for (var sample = 0; scored is not null && sample < batch.Indices.Length; sample++)
                    scored.IgnoreKnown(dataset.Catalog[batch.Indices[sample]], reference.AsSpan(sample * side * side, side * side), side);
                var predicted = PatchMap.Classes(classifier, batch, side, dataset.Manifest.NoData);
                for (var sample = 0; sample < batch.Indices.Length; sample++)
                {
                    var matrix = new ConfusionMatrix(classes.Count);
                    var labels = reference.AsSpan(sample * side * side, side * side);
                    var found = predicted.AsSpan(sample * side * side, side * side);
                    matrix.Add(labels, found);
                    store.Add(matrix);
                    spectra.Add(labels, found, batch.Pixels.AsSpan(sample * channels * side * side, channels * side * side));
                }
            }
        }

        return store;
    }

    /// <summary>Remembers which pixels of which scene have been scored.</summary>
    private sealed class ScoredGround
    {
        private readonly Dictionary<string, HashSet<(int Row, int Column)>> scenes = new(StringComparer.Ordinal);

        public void IgnoreKnown(PatchInfo patch, Span<byte> reference, int side)
        {
            if (!scenes.TryGetValue(patch.SceneId, out var known))
                scenes.Add(patch.SceneId, known = []);
            for (var pixel = 0; pixel < reference.Length; pixel++)
            {
                if (reference[pixel] != ConfusionMatrix.Ignore && !known.Add((patch.SceneRow + (pixel / side), patch.SceneColumn + (pixel % side))))
                    reference[pixel] = ConfusionMatrix.Ignore;
            }
        }
    }
}
