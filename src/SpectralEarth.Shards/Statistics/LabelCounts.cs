using SpectralEarth.Spectra;

namespace SpectralEarth.Shards.Statistics;

/// <summary>Labelled, valid pixels per class of every patch of a data set.</summary>
public sealed class LabelCounts
{
    private readonly long[][] counts;
    private readonly bool[][] present;

    private LabelCounts(long[][] counts, bool[][] present, IReadOnlyList<int> unknownCodes) =>
        (this.counts, this.present, UnknownCodes) = (counts, present, unknownCodes);

    /// <summary>Number of patches.</summary>
    public int Patches => counts.Length;

    /// <summary>Pixels per class of a patch, by catalog index; classes in the order they were given in.</summary>
    public IReadOnlyList<long> this[int patch] => counts[patch];

    /// <summary>Whether any pixel of a patch, valid or not, has the label of each class, by catalog index.</summary>
    public IReadOnlyList<bool> Present(int patch) => present[patch];

    /// <summary>Codes in the labels that belong to no class, ascending.</summary>
    public IReadOnlyList<int> UnknownCodes { get; }

    /// <summary>Reads validity and labels of all patches and counts; pixels are not read.</summary>
    /// <param name="dataset">Data set.</param>
    /// <param name="progress">Told the share of labelled patches that are done, from one thread at a time; 1 at once where there are none.</param>
    /// <param name="of">Classes to count; null for those of the manifest.</param>
    /// <exception cref="DatasetException">A shard cannot be read.</exception>
    public static LabelCounts Of(Dataset dataset, IProgress<double>? progress = null, IReadOnlyList<LabelClass>? of = null)
    {
        var classes = of ?? dataset.Manifest.Classes;
        var counts = new long[dataset.Catalog.Count][];
        var present = new bool[counts.Length][];
        var seen = new bool[256];
        var pixels = dataset.Manifest.PatchSize * dataset.Manifest.PatchSize;
        var labelled = dataset.HasLabels ? dataset.Catalog.Count(info => info.LabelledFraction > 0) : 0;
        var (gate, done) = (new Lock(), 0);
        if (labelled == 0)
            progress?.Report(1);
        ParallelPatches.For(counts.Length, () => (Validity: new byte[pixels], Labels: new byte[pixels]), (patch, buffer) =>
        {
            (counts[patch], present[patch]) = (new long[classes.Count], new bool[classes.Count]);
            if (!dataset.HasLabels || dataset.Catalog[patch].LabelledFraction == 0)
                return;
            dataset.ReadLabels(patch, buffer.Validity, buffer.Labels);
            var (byCode, here) = (new long[256], new bool[256]);
            for (var pixel = 0; pixel < pixels; pixel++)
            {
                byCode[buffer.Labels[pixel]] += buffer.Validity[pixel];
                seen[buffer.Labels[pixel]] = here[buffer.Labels[pixel]] = true;
            }

            for (var index = 0; index < classes.Count; index++)
                (counts[patch][index], present[patch][index]) = (byCode[classes[index].Code], here[classes[index].Code]);
            lock (gate)
                progress?.Report(++done / (double)labelled);
        }, CancellationToken.None);
        return new LabelCounts(counts, present, [.. Enumerable.Range(1, 255).Where(code => seen[code] && classes.All(item => item.Code != code))]);
    }

    /// <summary>Pixels per class of some patches together.</summary>
    public long[] Total(IEnumerable<int> patches)
    {
        var total = new long[counts.Length == 0 ? 0 : counts[0].Length];
        foreach (var patch in patches)
            for (var index = 0; index < total.Length; index++)
                total[index] += counts[patch][index];
        return total;
    }
}
