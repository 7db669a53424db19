namespace SpectralEarth.Training.Measuring;

/// <summary>What a step takes, and what the machine can do.</summary>
/// <param name="operations">Floating-point operations of the step's matrix products.</param>
/// <param name="measurePeak">Measures the operations per second of a large matrix product on the machine.</param>
public sealed class StepCost(double operations, Func<double> measurePeak)
{
    private double peak = measurePeak();

    /// <summary>Floating-point operations of the step's matrix products.</summary>
    public double Operations => operations;

    /// <summary>
    /// Share of the machine's peak, in [0, 1]. A step that is faster than the peak tells that the machine was busy when that was measured:
    /// it is measured again, and is from then on at least what the step reached.
    /// </summary>
    /// <param name="rate">Operations per second.</param>
    public double PeakShare(double rate)
    {
        if (rate > peak)
            peak = Math.Max(rate, measurePeak());
        return rate / peak;
    }
}
