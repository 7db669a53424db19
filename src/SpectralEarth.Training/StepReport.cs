namespace SpectralEarth.Training;

/// <summary>What one optimizer step did.</summary>
/// <param name="Step">Steps done, this one included.</param>
/// <param name="Epoch">Passes over the data done, this step included.</param>
/// <param name="Loss">Loss of the batch before the update.</param>
/// <param name="LearningRate">Learning rate of the update.</param>
/// <param name="GradientNorm">Euclidean norm of the gradient before clipping.</param>
public sealed record StepReport(long Step, double Epoch, double Loss, double LearningRate, double GradientNorm)
{
    /// <summary>Patches trained on per second of this step, waiting for data included.</summary>
    public double PatchesPerSecond { get; init; }

    /// <summary>Share of the step's time spent waiting for data, 0 to 1.</summary>
    public double DataWaitShare { get; init; }

    /// <summary>Resident memory of the process after the step, bytes.</summary>
    public long ResidentBytes { get; init; }

    /// <summary>Billions of floating-point operations per second in matrix products, waiting for data included; 0 where they are not counted.</summary>
    public double GigaflopsPerSecond { get; init; }

    /// <summary>The same as a share of a large matrix product's on this machine, measured at the start; 0 where it is not known.</summary>
    public double PeakShare { get; init; }

    /// <summary>False if loss or gradient is NaN or infinite; such a step changes nothing.</summary>
    public bool IsFinite => double.IsFinite(Loss) && double.IsFinite(GradientNorm);
}

/// <summary>The run went wrong and cannot return to a checkpoint once more.</summary>
/// <param name="step">Step at which this was found.</param>
/// <param name="reason">Why, and what to do.</param>
public sealed class DivergenceException(long step, string reason) : ArithmeticException($"Step {step}: {reason}");
