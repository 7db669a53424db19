using SpectralEarth.Recipes;

namespace SpectralEarth.Training.Optimization;

/// <summary>Learning rate over time: linear warm-up, then a shape.</summary>
public sealed record ScheduleRecipe : IRecipePart
{
    /// <summary>Course after the warm-up.</summary>
    public ScheduleShape Shape { get; init; } = ScheduleShape.Cosine;
    /// <summary>Share of all steps spent in warm-up; not read when <see cref="WarmupSteps"/> or <see cref="WarmupEpochs"/> is set.</summary>
    public double WarmupFraction { get; init; } = 0.05;
    /// <summary>Steps of warm-up; null derives them from <see cref="WarmupFraction"/>.</summary>
    public long? WarmupSteps { get; init; }
    /// <summary>Epochs of warm-up; null derives them from <see cref="WarmupFraction"/>.</summary>
    public double? WarmupEpochs { get; init; }
    /// <summary>
    /// Learning rate of the first step (or epoch) as a share of the peak, which is then reached right after the warm-up;
    /// null rises from 1/n of the peak to the peak itself within the n steps (or epochs) of warm-up.
    /// </summary>
    public double? WarmupStart { get; init; }
    /// <summary>Learning rate at the end as a share of the peak (cosine only).</summary>
    public double FinalFactor { get; init; }
    /// <summary>Steps (epochs with interval epoch) from the end of the warm-up to the final factor (cosine only); null takes all that are left.</summary>
    public long? CosineLength { get; init; }
    /// <summary>Steps (epochs with interval epoch), counted from 0, from which on the learning rate is lowered once more (multi_step only).</summary>
    public IReadOnlyList<long> Milestones { get; init; } = [];
    /// <summary>Factor on the learning rate at each milestone.</summary>
    public double MilestoneFactor { get; init; } = 0.1;
    /// <summary>How often the learning rate changes.</summary>
    public ScheduleInterval Interval { get; init; } = ScheduleInterval.Step;

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        rules.Require(WarmupFraction is >= 0 and < 1, $"warmup_fraction must lie in [0, 1) but is {WarmupFraction}.");
        rules.Require(WarmupSteps is null or >= 0, $"warmup_steps must not be negative but is {WarmupSteps}.");
        rules.Require(WarmupEpochs is null or (>= 0 and < double.PositiveInfinity), $"warmup_epochs must be 0 or more and finite but is {WarmupEpochs}.");
        rules.Require(WarmupSteps is null || WarmupEpochs is null, "warmup_steps and warmup_epochs are both set; keep one of them.");
        rules.Require(WarmupStart is null or (>= 0 and <= 1), $"warmup_start must lie in [0, 1] but is {WarmupStart}.");
        rules.Require(CosineLength is null or > 0, $"cosine_length must be at least 1 but is {CosineLength}.");
        rules.Require(Shape != ScheduleShape.MultiStep || Milestones.Count > 0, "milestones must name at least one step or epoch with shape multi_step.");
        rules.Require(Milestones.Zip(Milestones.Skip(1)).All(pair => pair.First < pair.Second) && Milestones.All(milestone => milestone > 0),
            $"milestones must be positive and rise but are [{string.Join(", ", Milestones)}].");
        rules.Require(MilestoneFactor is > 0 and <= 1, $"milestone_factor must lie in (0, 1] but is {MilestoneFactor}.");
        rules.Require(FinalFactor is >= 0 and <= 1, $"final_factor must lie in [0, 1] but is {FinalFactor}.");
    }
}

/// <summary>Course of the learning rate after the warm-up.</summary>
public enum ScheduleShape
{
    /// <summary>Half a cosine wave down to the final factor (Loshchilov and Hutter 2017, equation 5).</summary>
    Cosine,
    /// <summary>Lowered by a factor at each milestone.</summary>
    MultiStep,
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
