namespace SpectralEarth.Tasks.Metrics;

/// <summary>Predicted and true numbers of patches.</summary>
/// <param name="targets">Names of the numbers.</param>
public sealed class RegressionStore(IReadOnlyList<string> targets) : IPatchEstimates
{
    private readonly List<(double[] Predicted, double[] True)> patches = [];

    /// <inheritdoc/>
    public int Patches => patches.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => targets;

    /// <inheritdoc/>
    public IEnumerable<(double[] Labels, double[] Estimates)> Rows => patches.Select(patch => (patch.True, patch.Predicted));

    /// <summary>Adds a patch.</summary>
    /// <param name="predicted">Predictions, [T].</param>
    /// <param name="truth">True values, [T].</param>
    /// <exception cref="ArgumentException">A length is not T, or a value is not a number.</exception>
    public void Add(ReadOnlySpan<double> predicted, ReadOnlySpan<double> truth)
    {
        if (predicted.Length != targets.Count || truth.Length != targets.Count)
            throw new ArgumentException($"{predicted.Length} predictions and {truth.Length} values for {targets.Count} targets.", nameof(predicted));
        for (var target = 0; target < targets.Count; target++)
        {
            if (!double.IsFinite(predicted[target]) || !double.IsFinite(truth[target]))
                throw new ArgumentException($"{targets[target]} of patch {Patches}: predicted {predicted[target]}, true {truth[target]}; both must be numbers.", nameof(predicted));
        }

        patches.Add((predicted.ToArray(), truth.ToArray()));
    }

    /// <inheritdoc/>
    public IScores? ScoresOf(ReadOnlySpan<int> times)
    {
        var counted = 0L;
        foreach (var count in times)
            counted += count;
        if (counted == 0)
            return null;
        var perTarget = new TargetScore[targets.Count];
        for (var target = 0; target < perTarget.Length; target++)
            perTarget[target] = Score(target, times, counted);
        return RegressionScores.Of(counted, perTarget);
    }

    /// <summary>The store of a predictor that gives every patch the same numbers.</summary>
    public RegressionStore IfAlways(ReadOnlySpan<double> constant)
    {
        var store = new RegressionStore(targets);
        foreach (var (_, truth) in patches)
            store.Add(constant, truth);
        return store;
    }

    private TargetScore Score(int target, ReadOnlySpan<int> times, long counted)
    {
        var (mean, smallest, largest) = (0.0, double.MaxValue, double.MinValue);
        for (var patch = 0; patch < times.Length; patch++)
        {
            var truth = patches[patch].True[target];
            mean += times[patch] * truth / counted;
            if (times[patch] > 0)
                (smallest, largest) = (Math.Min(smallest, truth), Math.Max(largest, truth));
        }

        var (residual, absolute, spread, squares) = (0.0, 0.0, 0.0, 0.0);
        for (var patch = 0; patch < times.Length; patch++)
        {
            var (predicted, truth) = (patches[patch].Predicted[target], patches[patch].True[target]);
            residual += times[patch] * Square(predicted - truth);
            absolute += times[patch] * Math.Abs(predicted - truth);
            spread += times[patch] * Square(truth - mean);
            squares += times[patch] * Square(truth);
        }

        return new TargetScore
        {
            Name = targets[target],
            Rmse = Math.Sqrt(residual / counted),
            MeanAbsoluteError = absolute / counted,
            // The mean of equal numbers is rounded, so their spread need not be 0.
            R2 = smallest == largest || spread == 0 ? null : 1 - (residual / spread),
            ErrorRatio = squares == 0 ? null : residual / squares,
        };
    }

    private static double Square(double value) => value * value;
}
