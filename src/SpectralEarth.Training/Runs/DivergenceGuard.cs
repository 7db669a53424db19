namespace SpectralEarth.Training.Runs;

/// <summary>
/// Watches the losses of a run. A run has gone wrong when several steps in a row were not finite, or when the loss has
/// long been a multiple of its running median. Its state is part of every checkpoint, so that a resumed run judges alike.
/// </summary>
/// <param name="recipe">When a run has gone wrong.</param>
internal sealed class DivergenceGuard(TrainingRecipe recipe)
{
    /// <summary>Losses in the median; the fewest for which there is one.</summary>
    private const int MedianOver = 101, MedianFrom = 21;

    /// <summary>What was seen so far.</summary>
    public DivergenceState State { get; set; } = new();

    /// <summary>Takes note of a step.</summary>
    /// <returns>Why the run has gone wrong, or null.</returns>
    public string? Judge(StepReport report)
    {
        if (!report.IsFinite)
        {
            State = State with { NonFiniteSteps = State.NonFiniteSteps + 1 };
            return State.NonFiniteSteps > recipe.MaxNonFiniteSteps
                ? FormattableString.Invariant($"{State.NonFiniteSteps} steps in a row were not finite (loss {report.Loss:g4}, gradient norm {report.GradientNorm:g4})")
                : null;
        }

        var median = Median(State.Losses);
        if (median is not null && report.Loss > recipe.DivergenceFactor * median)
        {
            State = State with { NonFiniteSteps = 0, HighSteps = State.HighSteps + 1 };
            return State.HighSteps >= recipe.DivergenceSteps
                ? FormattableString.Invariant($"the loss, {report.Loss:g4}, has been more than {recipe.DivergenceFactor} times its median of {median:g4} for {State.HighSteps} steps")
                : null;
        }

        State = State with { NonFiniteSteps = 0, HighSteps = 0, Losses = [.. State.Losses.TakeLast(MedianOver - 1), report.Loss] };
        return null;
    }

    private static double? Median(IReadOnlyList<double> losses) =>
        losses.Count < MedianFrom ? null : losses.Order().ElementAt(losses.Count / 2);
}

/// <summary>What a <see cref="DivergenceGuard"/> has seen; stored in checkpoints.</summary>
internal sealed record DivergenceState
{
    /// <summary>Steps in a row, up to the last one, that were not finite.</summary>
    public int NonFiniteSteps { get; init; }
    /// <summary>Steps in a row, up to the last one, whose loss was high.</summary>
    public int HighSteps { get; init; }
    /// <summary>The latest losses that were neither.</summary>
    public IReadOnlyList<double> Losses { get; init; } = [];
    /// <summary>Times that the run returned to a checkpoint.</summary>
    public int Returns { get; init; }
    /// <summary>Step of the checkpoint that the run returned to last; null if it never did.</summary>
    public long? ReturnedTo { get; init; }
    /// <summary>Steps by which the order of the data is ahead of the run: the batches left out by returning.</summary>
    public long SkippedSteps { get; init; }

    /// <summary>True while nothing is suspicious.</summary>
    public bool IsCalm => NonFiniteSteps == 0 && HighSteps == 0;
}
