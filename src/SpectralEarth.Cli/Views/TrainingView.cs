using System.Globalization;
using SpectralEarth.Training;

namespace SpectralEarth.Cli.Views;

/// <summary>Progress of a training run, pretraining or fine-tuning.</summary>
internal static class TrainingView
{
    /// <summary>Trains to the end and shows each step.</summary>
    internal static void Run(Terminal terminal, string title, IEnumerable<StepReport> steps, long totalSteps) =>
        ProgressView.Run(terminal, title, show =>
        {
            foreach (var step in steps)
                show(new ProgressState((double)step.Step / totalSteps, Describe(step)));
            return totalSteps;
        });

    /// <summary>Size and state of a run before its first step.</summary>
    internal static string Describe(long parameters, long totalSteps, long stepsDone) => string.Create(CultureInfo.InvariantCulture,
        $"{parameters / 1e6:0.00} M trainable parameters, {totalSteps} steps{(stepsDone > 0 ? $", going on after step {stepsDone}" : "")}");

    private static string Describe(StepReport step) => string.Create(CultureInfo.InvariantCulture,
        $"step {step.Step} epoch {step.Epoch:0.0} loss {step.Loss:0.0000} lr {step.LearningRate:0.00e+0} {step.PatchesPerSecond:0.0} patches/s {step.ResidentBytes >> 20} MB");
}
