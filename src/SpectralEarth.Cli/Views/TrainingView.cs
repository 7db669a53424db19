using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Training;
using SpectralEarth.Training.Runs;
using static System.FormattableString;

namespace SpectralEarth.Cli.Views;

/// <summary>Progress of a training run, pretraining or fine-tuning.</summary>
internal static class TrainingView
{
    private const double LongestForecast = 100 * 365.25 * 86_400;    // seconds; a run of endless steps has no other end

    /// <summary>Trains to the end, shows each step and says what was reached.</summary>
    internal static void Run(Terminal terminal, string title, IEnumerable<StepReport> steps, long totalSteps)
    {
        var (clock, skipped) = (Stopwatch.StartNew(), 0);
        var last = ProgressView.Run(terminal, title, show =>
        {
            var (first, latest) = ((long?)null, (StepReport?)null);
            foreach (var step in steps)
            {
                (first, latest) = (first ?? (step.Step - 1), step);
                skipped += step.IsFinite ? 0 : 1;
                var left = step.Step > first ? clock.Elapsed.TotalSeconds * (totalSteps - step.Step) / (step.Step - first.Value) : 0;
                show(new ProgressState((double)step.Step / totalSteps, Describe(step), TimeSpan.FromSeconds(Math.Min(left, LongestForecast))));
            }

            return latest;
        });
        if (last is not null)
        {
            terminal.Say(Invariant($"step {last.Step} of {totalSteps} after {(long)clock.Elapsed.TotalHours}:{clock.Elapsed:mm\\:ss}, loss {last.Loss:0.0000}") +
                (skipped > 0 ? Invariant($"; {Amount.Of(skipped, "step")} skipped, loss or gradient was not finite") : ""));
        }
    }

    /// <summary>Says where a run's weights and report lie, and its returns to a checkpoint, if there were any.</summary>
    internal static void Files(Terminal terminal, RunFolder folder, string? weights, bool hasReport)
    {
        if (weights is not null)
            terminal.Say($"weights {weights}");
        if (hasReport)
            terminal.Say($"report {folder.ReportPath}");
        if (File.Exists(folder.ReturnsPath))
            terminal.Say($"returns to a checkpoint {folder.ReturnsPath}");
    }

    /// <summary>Size and state of a run before its first step.</summary>
    internal static string Describe(long parameters, long totalSteps, long stepsDone, bool wasFinished) => string.Create(CultureInfo.InvariantCulture,
        $"{parameters / 1e6:0.00} M trainable parameters, {(wasFinished ? $"finished already: {Amount.Of(stepsDone, "step")}" : $"{Amount.Of(totalSteps, "step")}{(stepsDone > 0 ? $", going on after step {stepsDone}" : "")}")}");

    private static string Describe(StepReport step)
    {
        var speed = step.GigaflopsPerSecond > 0 ? Invariant($" {step.GigaflopsPerSecond:0} GFLOP/s ({100 * step.PeakShare:0} % of peak)") : "";
        return Invariant($"step {step.Step} epoch {step.Epoch:0.0} loss {step.Loss:0.0000} lr {step.LearningRate:0.00e+0} gradient {step.GradientNorm:0.00} ") +
            Invariant($"{step.PatchesPerSecond:0.0} patches/s{speed} data wait {100 * step.DataWaitShare:0.0} % {step.ResidentBytes >> 20} MB");
    }
}
