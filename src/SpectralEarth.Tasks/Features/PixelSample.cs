using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Metrics;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>The labelled pixels of some patches, each piece of ground once, thinned evenly where there are very many.</summary>
internal static class PixelSample
{
    /// <summary>Most pixels that are taken, roughly.</summary>
    private const int MostPixels = 20_000;

    /// <summary>Features and classes of the pixels.</summary>
    /// <param name="dataset">Labelled data set.</param>
    /// <param name="patches">Catalog indices.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="features">Numbers of all pixels of a batch of one patch, [1, F, H, W], in the caller's dispose scope.</param>
    /// <returns>Float64 [M, F] on the CPU and int64 [M].</returns>
    public static (Tensor Inputs, Tensor Classes) Take(Dataset dataset, IReadOnlyList<int> patches, ClassTable classes, Func<PatchBatch, Tensor> features)
    {
        var side = dataset.Manifest.PatchSize;
        // A pixel lies in (side / stride)^2 patches at most.
        var stride = (double)Math.Min(side, dataset.Manifest.Stride);
        var every = (long)Math.Ceiling(patches.Sum(index => dataset.Catalog[index].LabelledFraction) * stride * stride / MostPixels);
        var (inputs, labels, known) = (new List<Tensor>(), new List<long>(), new HashSet<(string Scene, int Row, int Column)>());
        // Published patches of one scene do not tell their places in it: there each patch is ground of its own.
        var ownGround = dataset.Manifest.Stride >= side;
        foreach (var index in patches)
        {
            var (patch, info) = (dataset.Read(index), dataset.Catalog[index]);
            var reference = LabelCensus.Reference(patch.Labels, patch.Validity, classes);
            var chosen = Enumerable.Range(0, reference.Length)
                .Where(pixel => reference[pixel] != ConfusionMatrix.Ignore)
                .Where(pixel => IsKept(info.SceneRow + (pixel / side), info.SceneColumn + (pixel % side), every))
                .Where(pixel => ownGround || known.Add((info.SceneId, info.SceneRow + (pixel / side), info.SceneColumn + (pixel % side))))
                .Select(pixel => (long)pixel).ToArray();
            if (chosen.Length == 0)
                continue;
            labels.AddRange(chosen.Select(pixel => (long)reference[pixel]));
            using var reading = NewDisposeScope();
            using var batch = new PatchBatch { Indices = [index], Pixels = patch.Pixels, Validity = patch.Validity, Labels = patch.Labels };
            var seen = features(batch).flatten(2).squeeze(0);    // [F, H W]
            inputs.Add(seen.index_select(1, tensor(chosen).to(seen.device)).transpose(0, 1).to(float64).cpu().MoveToOuterDisposeScope());
        }

        return (cat(inputs, 0), tensor(labels));
    }

    /// <summary>True for one in <paramref name="every"/> pixels, scattered and the same in every patch.</summary>
    private static bool IsKept(long row, long column, long every) =>
        (ulong)((row * 73_856_093) ^ (column * 19_349_663)) % (ulong)every == 0;
}
