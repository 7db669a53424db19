using SpectralEarth.Recipes;
using SpectralEarth.Training.Optimization;

namespace SpectralEarth.Training.Objectives;

/// <summary>Share of the following network (key, teacher) that each update keeps, over time.</summary>
public sealed record MomentumRecipe : IRecipePart
{
    /// <summary>Share at the first step.</summary>
    public double Start { get; init; } = 0.996;
    /// <summary>Share at the end; half a cosine wave leads there (Grill et al. 2020, section 3.3).</summary>
    public double End { get; init; } = 1;
    /// <summary>How often the share changes.</summary>
    public ScheduleInterval Interval { get; init; } = ScheduleInterval.Step;
    /// <summary>Epochs until the end is reached; null takes the whole run. The reference has 10 of 100 and then freezes the teacher.</summary>
    public int? Epochs { get; init; }

    /// <summary>The share at a step.</summary>
    /// <param name="step">Step, counted from 0.</param>
    /// <param name="run">Length of the run.</param>
    internal double At(long step, RunLength run)
    {
        var (position, length) = Interval == ScheduleInterval.Step
            ? (step, Epochs is { } epochs ? epochs * run.StepsPerEpoch : run.TotalSteps)
            : (run.EpochOf(step), Epochs ?? run.Epochs);
        var done = length <= 1 ? 1 : Math.Min(1, position / (length - 1));
        return End - ((End - Start) * 0.5 * (1 + Math.Cos(Math.PI * done)));
    }

    /// <inheritdoc/>
    public void AddRules(RuleBook rules)
    {
        rules.Require(Start is >= 0 and <= 1, $"start must lie in [0, 1] but is {Start}.");
        rules.Require(End is >= 0 and <= 1, $"end must lie in [0, 1] but is {End}.");
        rules.Require(Epochs is null or > 0, $"epochs must be at least 1, or null, but is {Epochs}.");
    }
}
