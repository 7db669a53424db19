namespace SpectralEarth.Training.Runs;

/// <summary>How long a run is, and how often it does what.</summary>
public sealed record LoopSettings
{
    /// <summary>Optimizer steps of the whole run.</summary>
    public required long TotalSteps { get; init; }
    /// <summary>Patches per step.</summary>
    public required int BatchSize { get; init; }
    /// <summary>Equal parts in which a step's patches are read and trained on.</summary>
    public required int Accumulate { get; init; }
    /// <summary>Patches that are shuffled among each other; 0 shuffles all.</summary>
    public required int ShuffleWindow { get; init; }
    /// <summary>Seed of the order of samples.</summary>
    public required long Seed { get; init; }
    /// <summary>Steps between checkpoints.</summary>
    public required long CheckpointEvery { get; init; }
    /// <summary>Newest checkpoints that are kept.</summary>
    public required int KeepCheckpoints { get; init; }
    /// <summary>Checkpoints of multiples of this step are kept for good; null: none.</summary>
    public required long? MilestoneEvery { get; init; }
    /// <summary>Steps between rows of metrics.csv.</summary>
    public required long LogEvery { get; init; }
    /// <summary>Steps in a row that may be skipped because loss or gradient is not finite.</summary>
    public required int MaxNonFiniteSteps { get; init; }
    /// <summary>Multiple of the running median above which a loss is high; null: none is.</summary>
    public required double? DivergenceFactor { get; init; }
    /// <summary>Steps in a row with a high loss after which the run has gone wrong.</summary>
    public required int DivergenceSteps { get; init; }
    /// <summary>How often a run that has gone wrong may return to a checkpoint.</summary>
    public required int MaxReturns { get; init; }
    /// <summary>Threads that read and decode shards.</summary>
    public required int LoaderThreads { get; init; }

    /// <summary>Patches that go through the network at a time.</summary>
    public int PartSize => BatchSize / Accumulate;
}
