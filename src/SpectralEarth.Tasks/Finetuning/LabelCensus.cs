using SpectralEarth.Shards;
using SpectralEarth.Shards.Statistics;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Labelled, valid pixels per class of every patch of a data set.</summary>
public sealed class LabelCensus
{
    private readonly LabelCounts counts;

    private LabelCensus(LabelCounts counts) => this.counts = counts;

    /// <summary>Counts per class of a patch, by catalog index.</summary>
    public IReadOnlyList<long> this[int patch] => counts[patch];

    /// <summary>Catalog indices of the patches that have labels.</summary>
    public IReadOnlyList<int> LabelledPatches => [.. Enumerable.Range(0, counts.Patches).Where(patch => counts[patch].Sum() > 0)];

    /// <summary>Reads the labels of all patches and counts.</summary>
    /// <exception cref="LabelException">There is no labelled pixel, or a label code belongs to no class.</exception>
    /// <exception cref="DatasetException">A shard cannot be read.</exception>
    public static LabelCensus Take(Dataset dataset, ClassTable classes)
    {
        var counts = LabelCounts.Of(dataset);
        classes.RequireKnown(counts.UnknownCodes);
        var census = new LabelCensus(counts);
        if (census.LabelledPatches.Count == 0)
            throw new LabelException($"{dataset.Path}: no patch has a labelled pixel. Tile the scenes again with --labels RASTER.");
        return census;
    }

    /// <summary>Pixels per class of some patches together.</summary>
    public long[] Total(IReadOnlyList<int> patches) => counts.Total(patches);

    /// <summary>Class index per pixel, <see cref="ConfusionMatrix.Ignore"/> where there is no label or no valid pixel.</summary>
    /// <param name="labels">Label codes.</param>
    /// <param name="validity">1 for valid pixels.</param>
    /// <param name="classes">Classes.</param>
    internal static byte[] Reference(ReadOnlySpan<byte> labels, ReadOnlySpan<byte> validity, ClassTable classes)
    {
        var indices = new byte[labels.Length];
        classes.ToIndices(labels, indices);
        for (var pixel = 0; pixel < indices.Length; pixel++)
        {
            if (validity[pixel] == 0)
                indices[pixel] = ConfusionMatrix.Ignore;
        }

        return indices;
    }
}
