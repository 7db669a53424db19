using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Training;
using static System.FormattableString;

namespace SpectralEarth.Cli.Views;

/// <summary>Progress of a training run, pretraining or fine-tuning.</summary>
internal static class TrainingView
{
    /// <summary>Trains to the end and shows each step.</summary>
    internal static void Run(Terminal terminal, string title, IEnumerable<StepReport> steps, long totalSteps) =>
        ProgressView.Run(terminal, title, show =>
        {
            var clock = Stopwatch.StartNew();
            long? first = null;
            foreach (var step in steps)
            {
                first ??= step.Step - 1;
                var left = step.Step > first ? clock.Elapsed * ((double)(totalSteps - step.Step) / (step.Step - first.Value)) : TimeSpan.Zero;
                show(new ProgressState((double)step.Step / totalSteps, Describe(step), left));
            }

            return totalSteps;
        });

    /// <summary>Size and state of a run before its first step.</summary>
    internal static string Describe(long parameters, long totalSteps, long stepsDone) => string.Create(CultureInfo.InvariantCulture,
        $"{parameters / 1e6:0.00} M trainable parameters, {totalSteps} steps{(stepsDone > 0 ? $", going on after step {stepsDone}" : "")}");

    private static string Describe(StepReport step)
    {
        var speed = step.GigaflopsPerSecond > 0 ? Invariant($" {step.GigaflopsPerSecond:0} GFLOP/s ({100 * step.PeakShare:0} % of peak)") : "";
        return Invariant($"step {step.Step} epoch {step.Epoch:0.0} loss {step.Loss:0.0000} lr {step.LearningRate:0.00e+0} gradient {step.GradientNorm:0.00} ") +
            Invariant($"{step.PatchesPerSecond:0.0} patches/s{speed} data wait {100 * step.DataWaitShare:0.0} % {step.ResidentBytes >> 20} MB");
    }
}
