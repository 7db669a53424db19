using System.Globalization;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Metrics;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>The labelled pixels of some patches, each piece of ground once with its mean features over the patches, thinned evenly where there are very many.</summary>
internal static class PixelSample
{
    /// <summary>Most pixels that are taken, roughly.</summary>
    private const int MostPixels = 20_000;

    /// <summary>Most patches that are looked into: features may cost a pass of a network each.</summary>
    private const int MostPatches = 2_000;

    /// <summary>Features and classes of the pixels.</summary>
    /// <param name="dataset">Labelled data set.</param>
    /// <param name="patches">Catalog indices.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="features">Numbers of all pixels of a batch of one patch, [1, F, H, W], in the caller's dispose scope.</param>
    /// <returns>Float64 [M, F] on the CPU and int64 [M].</returns>
    public static (Tensor Inputs, Tensor Classes) Take(Dataset dataset, IReadOnlyList<int> patches, ClassTable classes, Func<PatchBatch, Tensor> features)
    {
        var side = dataset.Manifest.PatchSize;
        patches = EvenChoice.Of(patches, MostPatches);
        // A pixel lies in (side / stride)^2 patches at most.
        var stride = (double)Math.Min(side, dataset.Manifest.Stride);
        var every = (long)Math.Ceiling(patches.Sum(index => dataset.Catalog[index].LabelledFraction) * stride * stride / MostPixels);
        var (rows, labels, places) = (new List<FeatureMean>(), new List<long>(), new Dictionary<(string Ground, int Row, int Column), int>());
        // Published patches of one scene do not tell their places in it: there each patch is ground of its own.
        var ownGround = dataset.Manifest.Stride >= side;
        foreach (var index in patches)
        {
            var (patch, info) = (dataset.Read(index), dataset.Catalog[index]);
            var ground = ownGround ? index.ToString(CultureInfo.InvariantCulture) : info.SceneId;
            var reference = LabelCensus.Reference(patch.Labels, patch.Validity, classes);
            var chosen = Enumerable.Range(0, reference.Length)
                .Where(pixel => reference[pixel] != ConfusionMatrix.Ignore)
                .Where(pixel => IsKept(info.SceneRow + (pixel / side), info.SceneColumn + (pixel % side), every))
                .ToArray();
            if (chosen.Length == 0)
                continue;
            using var reading = NewDisposeScope();
            using var batch = new PatchBatch { Indices = [index], Pixels = patch.Pixels, Validity = patch.Validity, Labels = patch.Labels };
            var seen = features(batch).flatten(2).squeeze(0);    // [F, H W]
            var numbers = seen.index_select(1, tensor(chosen, dtype: ScalarType.Int64).to(seen.device)).transpose(0, 1).to(float64).cpu().contiguous();
            var width = (int)numbers.shape[1];
            var values = numbers.data<double>().ToArray().AsSpan();
            for (var sample = 0; sample < chosen.Length; sample++)
            {
                var place = (ground, info.SceneRow + (chosen[sample] / side), info.SceneColumn + (chosen[sample] % side));
                if (!places.TryGetValue(place, out var row))
                {
                    places.Add(place, row = rows.Count);
                    rows.Add(new FeatureMean(width));
                    labels.Add(reference[chosen[sample]]);
                }

                rows[row].Add(values.Slice(sample * width, width));
            }
        }

        return (tensor(rows.SelectMany(row => row.Mean()).ToArray(), [rows.Count, rows[0].Width]), tensor(labels));
    }

    /// <summary>Mean of a pixel's features over the patches that it lies in: what surrounds it differs from one to the next.</summary>
    private sealed class FeatureMean(int width)
    {
        private readonly double[] sum = new double[width];
        private int count;

        public int Width => sum.Length;

        public void Add(ReadOnlySpan<double> features)
        {
            for (var feature = 0; feature < sum.Length; feature++)
                sum[feature] += features[feature];
            count++;
        }

        public IEnumerable<double> Mean() => sum.Select(total => total / count);
    }

    /// <summary>True for one in <paramref name="every"/> pixels, scattered and the same in every patch.</summary>
    private static bool IsKept(long row, long column, long every) =>
        (ulong)((row * 73_856_093) ^ (column * 19_349_663)) % (ulong)every == 0;
}
