using SpectralEarth.Shards;
using SpectralEarth.Shards.Statistics;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>
/// What is labelled in every patch of a data set, as a kind of task counts it: valid pixels per class; or 1 for the class that most
/// of them have; or for each class 1 if any pixel of the patch has it; or nothing to count, where each patch has numbers.
/// </summary>
public sealed class LabelCensus
{
    private readonly IReadOnlyList<IReadOnlyList<long>> counts;
    private readonly int classes;

    private LabelCensus(IReadOnlyList<IReadOnlyList<long>> counts, IReadOnlyList<int> labelledPatches, int classes, int mixedPatches = 0) =>
        (this.counts, LabelledPatches, this.classes, MixedPatches) = (counts, labelledPatches, classes, mixedPatches);

    /// <summary>Counts per class of a patch, by catalog index.</summary>
    public IReadOnlyList<long> this[int patch] => counts[patch];

    /// <summary>Catalog indices of the patches that have labels; in sets of classes also of those known to have none of them.</summary>
    public IReadOnlyList<int> LabelledPatches { get; }

    /// <summary>Patches with pixels of several classes, of which one had to be taken; 0 where the task takes them all.</summary>
    public int MixedPatches { get; }

    /// <summary>Reads the labels of all patches and counts.</summary>
    /// <param name="dataset">Data set.</param>
    /// <param name="classes">Classes, all of the data set's among them; null for a regression.</param>
    /// <param name="task">Kind of task.</param>
    /// <exception cref="LabelException">Nothing is labelled, or a label code belongs to no class.</exception>
    /// <exception cref="DatasetException">A shard cannot be read.</exception>
    public static LabelCensus Take(Dataset dataset, ClassTable? classes, TaskType task = TaskType.Segmentation)
    {
        if (classes is null)
            return new LabelCensus([.. Enumerable.Repeat<long[]>([], dataset.Catalog.Count)], [.. Enumerable.Range(0, dataset.Catalog.Count)], 0);
        var labels = LabelCounts.Of(dataset, of: classes);
        classes.RequireKnown(labels.UnknownCodes);
        IReadOnlyList<IReadOnlyList<long>> counts = [.. Enumerable.Range(0, labels.Patches).Select(patch => task switch
        {
            TaskType.MultiLabel => [.. labels.Present(patch).Select(present => present ? 1L : 0)],
            TaskType.Classification => Most(labels[patch]),
            _ => labels[patch],
        })];
        var mixed = task == TaskType.Classification ? Enumerable.Range(0, labels.Patches).Count(patch => labels[patch].Count(pixels => pixels > 0) > 1) : 0;
        // A patch without any of the classes is an example of a set, too, but only where it cannot just be unlabelled.
        var emptyToo = task == TaskType.MultiLabel && dataset.Manifest.LabelsComplete;
        int[] labelled = [.. Enumerable.Range(0, labels.Patches).Where(patch => emptyToo || counts[patch].Sum() > 0)];
        return counts.Any(patch => patch.Sum() > 0)
            ? new LabelCensus(counts, labelled, classes.Count, mixed)
            : throw new LabelException($"{dataset.Path}: no patch has a labelled pixel. Tile the scenes again with --labels RASTER.");
    }

    /// <summary>Counts per class of some patches together.</summary>
    public long[] Total(IReadOnlyList<int> patches)
    {
        var total = new long[classes];
        foreach (var patch in patches)
        {
            for (var label = 0; label < classes; label++)
                total[label] += counts[patch][label];
        }

        return total;
    }

    /// <summary>Index of the class that some patches together have most of, of equal ones the first.</summary>
    public int MostFrequent(IReadOnlyList<int> patches)
    {
        var total = Total(patches);
        return Array.IndexOf(total, total.Max());
    }

    /// <summary>1 for the class with most pixels, of equal ones the first; 0 for all where none has any.</summary>
    private static long[] Most(IReadOnlyList<long> pixels)
    {
        var (one, most) = (new long[pixels.Count], pixels.Max());
        if (most > 0)
            one[pixels.Index().First(item => item.Item == most).Index] = 1;
        return one;
    }

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
