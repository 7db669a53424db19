namespace SpectralEarth.Training.Objectives;

/// <summary>How long a run is, for what changes over its course.</summary>
/// <param name="TotalSteps">Optimizer steps of the whole run.</param>
/// <param name="StepsPerEpoch">Steps of one pass over the data.</param>
internal readonly record struct RunLength(long TotalSteps, double StepsPerEpoch)
{
    /// <summary>Epoch of a step, both counted from 0.</summary>
    public long EpochOf(long step) => (long)Math.Floor(step / StepsPerEpoch);
}
