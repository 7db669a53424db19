namespace SpectralEarth.Training.Measuring;

/// <summary>What a step takes, and what the machine can do.</summary>
/// <param name="Operations">Floating-point operations of the step's matrix products.</param>
/// <param name="PeakPerSecond">Operations per second of a large matrix product on the machine.</param>
public sealed record StepCost(double Operations, double PeakPerSecond);
