using System.Globalization;

namespace SpectralEarth.Training.Optimization;

/// <summary>The learning rate as a pure function of the step, so that resuming needs only the step.</summary>
/// <param name="Recipe">Warm-up, shape and interval.</param>
/// <param name="Peak">Learning rate after the warm-up.</param>
/// <param name="Run">Length of the run.</param>
public sealed record LearningRateSchedule(ScheduleRecipe Recipe, double Peak, RunLength Run)
{
    /// <summary>Steps over which the learning rate rises linearly; a fraction where they are given as epochs.</summary>
    public double WarmupSteps { get; } =
        Recipe.WarmupSteps ?? (Recipe.WarmupEpochs * Run.StepsPerEpoch) ?? Math.Round(Recipe.WarmupFraction * Run.TotalSteps);

    /// <summary>Steps between changes.</summary>
    private double Interval => Recipe.Interval == ScheduleInterval.Step ? 1 : Run.StepsPerEpoch;

    /// <summary>Learning rate of <paramref name="step"/>, counted from 0.</summary>
    public double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var interval = IntervalOf(step);
        var position = interval * Interval;
        return Peak * (position < WarmupSteps ? WarmupFactor(position) : Factor(interval, position));
    }

    /// <summary>What of the schedule lies behind the end of the run, each with the key that says so.</summary>
    public IEnumerable<string> Unreached()
    {
        var last = Run.TotalSteps - 1;
        if (Math.Round(WarmupSteps) > Run.TotalSteps)
        {
            var key = Recipe.WarmupSteps is null ? "warmup_epochs" : "warmup_steps";
            yield return string.Create(CultureInfo.InvariantCulture,
                $"schedule.{key} is a warm-up of {Math.Round(WarmupSteps)} steps, but the run has {Run.TotalSteps}: the learning rate ends at {100 * At(last) / Peak:0.#} % of optimizer.learning_rate. Lower {key}, or set it to null and give warmup_fraction.");
        }

        if (Recipe.Shape == ScheduleShape.MultiStep && Recipe.Milestones.Where(milestone => milestone > IntervalOf(last)).ToList() is { Count: > 0 } late)
            yield return $"schedule.milestones {string.Join(", ", late)} come after the last {(Recipe.Interval == ScheduleInterval.Step ? "step" : "epoch")} of the run, {IntervalOf(last)} counted from 0: the learning rate is not lowered there. Lower milestones, or leave them out.";
    }

    /// <summary>What of the schedule the shape has no use for, each with the key that says so.</summary>
    public IEnumerable<string> Unused()
    {
        var shape = Recipe.Shape switch { ScheduleShape.MultiStep => "multi_step", ScheduleShape.Constant => "constant", _ => "cosine" };
        if (Recipe.Shape != ScheduleShape.MultiStep && Recipe.Milestones.Count > 0)
            yield return $"schedule.milestones is [{string.Join(", ", Recipe.Milestones)}], but schedule.shape is {shape}: the learning rate is not lowered there. Leave milestones out, or set shape to multi_step.";
        if (Recipe.Shape == ScheduleShape.Cosine)
            yield break;
        if (Recipe.FinalFactor != 0)
            yield return string.Create(CultureInfo.InvariantCulture, $"schedule.final_factor is {Recipe.FinalFactor}, but schedule.shape is {shape}, which has no use for it. Leave final_factor out, or set shape to cosine.");
        if (Recipe.CosineLength is { } length)
            yield return $"schedule.cosine_length is {length}, but schedule.shape is {shape}, which has no use for it. Leave cosine_length out, or set shape to cosine.";
    }

    private long IntervalOf(long step) => Recipe.Interval == ScheduleInterval.Step ? step : Run.EpochOf(step);

    private double WarmupFactor(double position) => Recipe.WarmupStart is { } start
        ? start + ((1 - start) * position / WarmupSteps)
        : Math.Min(1, (position + Interval) / WarmupSteps);

    private double Factor(long interval, double position) => Recipe.Shape switch
    {
        ScheduleShape.Constant => 1,
        ScheduleShape.MultiStep => Math.Pow(Recipe.MilestoneFactor, Recipe.Milestones.Count(milestone => milestone <= interval)),
        ScheduleShape.Cosine => CosineFactor((position - WarmupSteps) / Math.Max(1, (Recipe.CosineLength * Interval) ?? (Run.TotalSteps - WarmupSteps))),
        _ => throw new InvalidOperationException($"shape {Recipe.Shape} is not known."),
    };

    private double CosineFactor(double done) =>
        Recipe.FinalFactor + ((1 - Recipe.FinalFactor) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, done))));
}
