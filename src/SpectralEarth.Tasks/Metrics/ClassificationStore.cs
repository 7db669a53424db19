namespace SpectralEarth.Tasks.Metrics;

/// <summary>Probabilities of the classes of every patch beside the one that it has; the most probable, of equal ones the first, counts as predicted.</summary>
/// <param name="classes">Classes.</param>
public sealed class ClassificationStore(ClassTable classes) : IPatchEstimates
{
    private readonly List<(int Label, float[] Probabilities)> patches = [];

    /// <summary>Labels and predictions, a count of 1 for each patch.</summary>
    public ConfusionStore Confusion { get; } = new(classes);

    /// <inheritdoc/>
    public int Patches => patches.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => [.. classes.Select(item => item.Name)];

    /// <inheritdoc/>
    public IEnumerable<(double[] Labels, double[] Estimates)> Rows => patches.Select(patch =>
        (patch.Probabilities.Select((_, label) => label == patch.Label ? 1.0 : 0).ToArray(), patch.Probabilities.Select(one => (double)one).ToArray()));

    /// <summary>Adds a patch.</summary>
    /// <param name="probabilities">Probability of each class, [L].</param>
    /// <param name="label">Index of the class that it has.</param>
    /// <exception cref="ArgumentException">There are not L probabilities, one is not a number, or there is no such class.</exception>
    public void Add(ReadOnlySpan<float> probabilities, int label)
    {
        if (probabilities.Length != classes.Count)
            throw new ArgumentException($"{probabilities.Length} probabilities for {classes.Count} classes.", nameof(probabilities));
        foreach (var one in probabilities)
        {
            if (!float.IsFinite(one))
                throw new ArgumentException($"A probability is {one}.", nameof(probabilities));
        }

        var matrix = new ConfusionMatrix(classes.Count);
        matrix.Add([checked((byte)label)], [(byte)MostProbable(probabilities)]);
        Confusion.Add(matrix);
        patches.Add((label, probabilities.ToArray()));
    }

    /// <inheritdoc/>
    public IScores? ScoresOf(ReadOnlySpan<int> times) => Confusion.ScoresOf(times);

    /// <summary>Index of the class that counts as predicted.</summary>
    /// <param name="probabilities">Probability of each class, [L].</param>
    public static int MostProbable(ReadOnlySpan<float> probabilities)
    {
        var best = 0;
        for (var label = 1; label < probabilities.Length; label++)
        {
            if (probabilities[label] > probabilities[best])
                best = label;
        }

        return best;
    }
}
