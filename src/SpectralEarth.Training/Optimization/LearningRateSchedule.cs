namespace SpectralEarth.Training.Optimization;

/// <summary>The learning rate as a pure function of the step, so that resuming needs only the step.</summary>
/// <param name="Recipe">Warm-up, shape and interval.</param>
/// <param name="Peak">Learning rate after the warm-up.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="StepsPerEpoch">Steps of one pass over the data; used with interval epoch.</param>
public sealed record LearningRateSchedule(ScheduleRecipe Recipe, double Peak, long TotalSteps, double StepsPerEpoch)
{
    /// <summary>Steps over which the learning rate rises linearly; the first of them already learns.</summary>
    public long WarmupSteps { get; } = Recipe.WarmupSteps ?? (long)Math.Round(Recipe.WarmupFraction * TotalSteps);

    /// <summary>Learning rate of <paramref name="step"/>, counted from 0.</summary>
    public double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var position = Recipe.Interval == ScheduleInterval.Step ? step : StartOfEpoch(step);
        if (position < WarmupSteps)
            return Peak * (position + 1) / WarmupSteps;
        if (Recipe.Shape == ScheduleShape.Constant)
            return Peak;

        var done = Math.Min(1, (position - WarmupSteps) / Math.Max(1, TotalSteps - WarmupSteps));
        return Peak * (Recipe.FinalFactor + ((1 - Recipe.FinalFactor) * 0.5 * (1 + Math.Cos(Math.PI * done))));
    }

    private double StartOfEpoch(long step) => Math.Floor(step / StepsPerEpoch) * StepsPerEpoch;
}
