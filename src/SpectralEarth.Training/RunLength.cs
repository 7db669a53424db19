namespace SpectralEarth.Training;

/// <summary>How long a run is, for what changes over its course. Epochs are counted in whole numbers: a quotient may round to just below one.</summary>
/// <param name="TotalSteps">Optimizer steps of the whole run.</param>
/// <param name="Samples">Samples in an epoch.</param>
/// <param name="BatchSize">Samples in a step.</param>
public readonly record struct RunLength(long TotalSteps, int Samples, int BatchSize)
{
    /// <summary>Steps of one pass over the data; a fraction where a batch spans two epochs.</summary>
    public double StepsPerEpoch => (double)Samples / BatchSize;

    /// <summary>Epochs of the whole run, the last one perhaps not to its end.</summary>
    public long Epochs => (long)((((Int128)TotalSteps * BatchSize) + Samples - 1) / Samples);

    /// <summary>Epoch that a step begins in, both counted from 0.</summary>
    public long EpochOf(long step) => (long)((Int128)step * BatchSize / Samples);
}
