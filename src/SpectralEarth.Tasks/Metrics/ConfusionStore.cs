namespace SpectralEarth.Tasks.Metrics;

/// <summary>Confusion matrices of patches, kept as their cells that are not 0.</summary>
/// <param name="classes">Classes.</param>
public sealed class ConfusionStore(ClassTable classes) : IScoreStore
{
    private readonly List<(int Cell, long Count)[]> patches = [];

    /// <summary>Counts of all patches together.</summary>
    public ConfusionMatrix Total { get; } = new(classes.Count);

    /// <summary>Mean spectra of the pixels that were classified well and badly; null if none were kept.</summary>
    public OutcomeSpectra? Spectra { get; init; }

    /// <inheritdoc/>
    public int Patches => patches.Count;

    /// <summary>Adds a patch.</summary>
    /// <exception cref="ArgumentException">The matrix has another number of classes.</exception>
    public void Add(ConfusionMatrix patch)
    {
        Total.Add(patch);
        patches.Add([.. patch.Occupied()]);
    }

    /// <inheritdoc/>
    public IScores? ScoresOf(ReadOnlySpan<int> times)
    {
        var sum = new ConfusionMatrix(classes.Count);
        for (var patch = 0; patch < patches.Count; patch++)
        {
            foreach (var (cell, count) in patches[patch])
                sum.Add(cell, count * times[patch]);
        }

        return sum.Total == 0 ? null : ConfusionScores.Of(sum, classes, Total);
    }

    /// <summary>The store of a map that shows only <paramref name="classIndex"/> on the same reference pixels.</summary>
    public ConfusionStore IfAlways(int classIndex)
    {
        var constant = new ConfusionStore(classes);
        foreach (var patch in patches)
        {
            var matrix = new ConfusionMatrix(classes.Count);
            foreach (var (cell, count) in patch)
                matrix.Add(cell - (cell % classes.Count) + classIndex, count);
            constant.Add(matrix);
        }

        return constant;
    }
}
