using SpectralEarth.Recipes;

namespace SpectralEarth.Training.Optimization;

/// <summary>Learning rate over time: linear warm-up, then a shape.</summary>
public sealed record ScheduleRecipe : IRecipePart
{
    /// <summary>Course after the warm-up.</summary>
    public ScheduleShape Shape { get; init; } = ScheduleShape.Cosine;
    /// <summary>Share of all steps spent in warm-up; not read when <see cref="WarmupSteps"/> is set.</summary>
    public double WarmupFraction { get; init; } = 0.05;
    /// <summary>Steps of warm-up; null derives them from <see cref="WarmupFraction"/>.</summary>
    public long? WarmupSteps { get; init; }
    /// <summary>Learning rate at the end as a share of the peak (cosine only).</summary>
    public double FinalFactor { get; init; }
    /// <summary>How often the learning rate changes.</summary>
    public ScheduleInterval Interval { get; init; } = ScheduleInterval.Step;

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        rules.Require(WarmupFraction is >= 0 and < 1, $"warmup_fraction must lie in [0, 1) but is {WarmupFraction}.");
        rules.Require(WarmupSteps is null or >= 0, $"warmup_steps must not be negative but is {WarmupSteps}.");
        rules.Require(FinalFactor is >= 0 and <= 1, $"final_factor must lie in [0, 1] but is {FinalFactor}.");
    }
}

/// <summary>Course of the learning rate after the warm-up.</summary>
public enum ScheduleShape
{
    /// <summary>Half a cosine wave down to the final factor (Loshchilov and Hutter 2017, equation 5).</summary>
    Cosine,
    /// <summary>The peak throughout.</summary>
    Constant,
}

/// <summary>How often the learning rate changes.</summary>
public enum ScheduleInterval
{
    /// <summary>At every optimizer step.</summary>
    Step,
    /// <summary>At the start of every epoch, as the reference does.</summary>
    Epoch,
}
