namespace SpectralEarth.Tasks.Metrics;

/// <summary>Probabilities and truth of every class of every patch; a class is predicted from <see cref="Threshold"/> on.</summary>
/// <param name="classes">Classes.</param>
public sealed class MultiLabelStore(ClassTable classes) : IPatchEstimates
{
    /// <summary>Probability from which on a class counts as predicted.</summary>
    public const float Threshold = 0.5f;

    private readonly List<float[]> probabilities = [];
    private readonly List<bool[]> labels = [];
    private AveragePrecision[]? ranked;    // per class, then of all together

    /// <inheritdoc/>
    public int Patches => labels.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => [.. classes.Select(item => item.Name)];

    /// <inheritdoc/>
    public IEnumerable<(double[] Labels, double[] Estimates)> Rows => labels.Zip(probabilities, (present, predicted) =>
        (present.Select(there => there ? 1.0 : 0).ToArray(), predicted.Select(one => (double)one).ToArray()));

    /// <summary>Adds a patch.</summary>
    /// <param name="predicted">Probability of each class, [L].</param>
    /// <param name="present">Whether each class is present, [L].</param>
    /// <exception cref="ArgumentException">A length is not L, or a probability is not a number.</exception>
    public void Add(ReadOnlySpan<float> predicted, ReadOnlySpan<bool> present)
    {
        if (predicted.Length != classes.Count || present.Length != classes.Count)
            throw new ArgumentException($"{predicted.Length} probabilities and {present.Length} labels for {classes.Count} classes.", nameof(predicted));
        foreach (var one in predicted)
        {
            if (!float.IsFinite(one))
                throw new ArgumentException($"A probability is {one}.", nameof(predicted));
        }

        probabilities.Add(predicted.ToArray());
        labels.Add(present.ToArray());
        ranked = null;
    }

    /// <inheritdoc/>
    public IScores? ScoresOf(ReadOnlySpan<int> times)
    {
        var (counts, whole) = (new DecisionCounts[classes.Count], new DecisionCounts[classes.Count]);
        var (patches, exact) = (0L, 0L);
        for (var patch = 0; patch < Patches; patch++)
        {
            var isExact = true;
            for (var label = 0; label < counts.Length; label++)
            {
                var (found, wanted) = (probabilities[patch][label] >= Threshold, labels[patch][label]);
                counts[label].Add(found, wanted, times[patch]);
                whole[label].Add(found, wanted, 1);
                isExact &= found == wanted;
            }

            patches += times[patch];
            exact += isExact ? times[patch] : 0;
        }

        if (patches == 0)
            return null;
        var count = times.ToArray();
        ranked ??= Rank();
        var precisions = ranked[..^1].Select(one => one.Of(patch => count[patch])).ToArray();
        return MultiLabelScores.Of(classes, counts, whole, patches, exact, precisions, ranked[^1].Of(decision => count[decision / classes.Count]));
    }

    /// <summary>The store of a predictor that gives every patch the same probabilities.</summary>
    public MultiLabelStore IfAlways(ReadOnlySpan<float> constant)
    {
        var store = new MultiLabelStore(classes);
        foreach (var truth in labels)
            store.Add(constant, truth);
        return store;
    }

    private AveragePrecision[] Rank() =>
    [
        .. Enumerable.Range(0, classes.Count).Select(label => new AveragePrecision([.. probabilities.Select(row => row[label])], [.. labels.Select(row => row[label])])),
        new AveragePrecision([.. probabilities.SelectMany(row => row)], [.. labels.SelectMany(row => row)]),
    ];
}

/// <summary>How often a class was found and was there.</summary>
internal struct DecisionCounts
{
    /// <summary>Found and there.</summary>
    public long TruePositives { get; private set; }
    /// <summary>Found, but not there.</summary>
    public long FalsePositives { get; private set; }
    /// <summary>There, but not found.</summary>
    public long FalseNegatives { get; private set; }

    /// <summary>Counts a decision some number of times.</summary>
    public void Add(bool found, bool wanted, long times)
    {
        TruePositives += found && wanted ? times : 0;
        FalsePositives += found && !wanted ? times : 0;
        FalseNegatives += !found && wanted ? times : 0;
    }

    /// <summary>Adds other counts.</summary>
    public void Add(DecisionCounts other) =>
        (TruePositives, FalsePositives, FalseNegatives) = (TruePositives + other.TruePositives, FalsePositives + other.FalsePositives, FalseNegatives + other.FalseNegatives);
}
