using System.Numerics;
using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Training.Augmentation;
using SpectralEarth.Training.Optimization;

namespace SpectralEarth.Training;

/// <summary>What every training run decides, whatever it trains: batches, steps, optimizer, checkpoints, threads.</summary>
public abstract record TrainingRecipe
{
    /// <summary>Geometric augmentation; spectra are never changed.</summary>
    public AugmentationRecipe Augmentation { get; init; } = new();
    /// <summary>Patches per optimizer step.</summary>
    public int BatchSize { get; init; }
    /// <summary>
    /// Parts of a batch that go through the network one after the other, their gradients summed: less memory for the same
    /// step, except that BatchNorm sees the statistics of a part, and MoCo v3 its keys. Divides <see cref="BatchSize"/>.
    /// </summary>
    public int Accumulate { get; init; } = 1;
    /// <summary>Number type of a transformer's matrix products and attention; weights and everything else stay float32.</summary>
    public Precision Precision { get; init; } = Precision.Float32;
    /// <summary>Whether a transformer's blocks keep their input only and run once more in the backward pass: far less memory, a third more work.</summary>
    public bool Recompute { get; init; }
    /// <summary>Patches that are shuffled among each other; 0 shuffles the whole epoch. A window suits disks that are slow to seek.</summary>
    public int ShuffleWindow { get; init; }
    /// <summary>Optimizer steps; null derives them from <see cref="Epochs"/>.</summary>
    public long? Steps { get; init; }
    /// <summary>Passes over the training patches; not read when <see cref="Steps"/> is set.</summary>
    public int Epochs { get; init; }
    /// <summary>Optimizer and gradient clipping.</summary>
    public OptimizerRecipe Optimizer { get; init; } = new();
    /// <summary>Learning rate over time.</summary>
    public ScheduleRecipe Schedule { get; init; } = new();
    /// <summary>Seed of everything random but a split of the data.</summary>
    public long Seed { get; init; } = 1;
    /// <summary>Steps between checkpoints; one is also written at the end and on Ctrl-C.</summary>
    public long CheckpointEvery { get; init; } = 500;
    /// <summary>Newest checkpoints that are kept; the best one of a fine-tuning run is kept besides.</summary>
    public int KeepCheckpoints { get; init; } = 3;
    /// <summary>At multiples of this step there is a checkpoint too, which is kept for good; null keeps none but the newest.</summary>
    public long? MilestoneEvery { get; init; }
    /// <summary>Steps between rows of metrics.csv and TensorBoard points.</summary>
    public long LogEvery { get; init; } = 1;
    /// <summary>Steps in a row whose loss or gradient may be NaN or infinite (each is skipped) before the run returns to a checkpoint.</summary>
    public int MaxNonFiniteSteps { get; init; } = 10;
    /// <summary>Multiple of its running median above which the loss is taken for divergence, if it stays there; null never.</summary>
    public double? DivergenceFactor { get; init; } = 5;
    /// <summary>Steps in a row that the loss may be that high before the run returns to a checkpoint.</summary>
    public int DivergenceSteps { get; init; } = 50;
    /// <summary>How often the run may return to a checkpoint before it stops.</summary>
    public int MaxReturns { get; init; } = 3;
    /// <summary>Whether ranks sum the gradients of a block while the backward pass goes on; the result is the same.</summary>
    public bool OverlapGradients { get; init; } = true;
    /// <summary>Threads that read and decode shards.</summary>
    public int LoaderThreads { get; init; } = 2;
    /// <summary>Threads of the tensor library; 0 takes all cores. Results are bit-identical for equal numbers only.</summary>
    public int Threads { get; init; }
    /// <summary>Where the network runs: auto takes the GPU where there is one.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Auto;

    /// <summary>More threads than this are a typing error that would take the whole machine.</summary>
    private const int MostThreads = 1024;

    /// <summary>Keys that may change between starts of a run: they say how the work is done, not what comes out.</summary>
    public static IReadOnlyCollection<string> FreeKeys { get; } =
        ["checkpoint_every", "keep_checkpoints", "milestone_every", "max_returns", "recompute", "log_every", "overlap_gradients", "optimizer.sharded", "loader_threads", "threads", "device"];

    /// <summary>Patches that go through the network at a time.</summary>
    internal int PartSize => BatchSize / Accumulate;

    /// <summary>Samples that a part of all ranks must hold: 2 where a head normalizes over them, whose output would not depend on a single one.</summary>
    protected virtual int LeastPart => 1;

    /// <summary>Optimizer steps of the whole run on <paramref name="patches"/> patches.</summary>
    public long TotalSteps(int patches) => Steps ?? (long)Math.Ceiling((double)Epochs * patches / BatchSize);

    /// <summary>Whether a checkpoint is due after <paramref name="step"/> steps; the last step of a run has one in any case.</summary>
    internal bool IsCheckpointDue(long step) => step % CheckpointEvery == 0 || IsMilestone(step);

    /// <summary>Whether the checkpoint after <paramref name="step"/> steps is kept for good.</summary>
    internal bool IsMilestone(long step) => MilestoneEvery is { } every && step % every == 0;

    /// <summary>Steps of a run of <paramref name="totalSteps"/> at which a checkpoint is due.</summary>
    internal long CheckpointsDue(long totalSteps)
    {
        var due = totalSteps / CheckpointEvery;
        if (MilestoneEvery is not { } every)
            return due;
        var both = (Int128)CheckpointEvery / (Int128)BigInteger.GreatestCommonDivisor(CheckpointEvery, every) * every;
        return due + (totalSteps / every) - (long)(totalSteps / both);
    }

    /// <summary>What raising <see cref="Accumulate"/> does, in words for the user.</summary>
    internal virtual string EffectOfAccumulate => "same step but for BatchNorm, less memory";

    /// <summary>The length of a run on <paramref name="samples"/> samples.</summary>
    public RunLength Length(int samples) => new(TotalSteps(samples), samples, BatchSize);

    /// <summary>The learning rate over a run on <paramref name="samples"/> samples.</summary>
    public LearningRateSchedule LearningRates(int samples) => new(Schedule, Optimizer.LearningRate, Length(samples));

    /// <summary>The least <see cref="Accumulate"/> for which <paramref name="fits"/> says yes to the samples of a part that a rank takes; null where none is.</summary>
    internal int? LeastAccumulate(int ranks, Func<int, bool> fits) => Enumerable.Range(1, BatchSize)
        .Where(parts => BatchSize % parts == 0 && BatchSize / parts % ranks == 0 && BatchSize / parts >= LeastPart && fits(BatchSize / parts / ranks))
        .Cast<int?>().FirstOrDefault();

    /// <summary>The rules that the keys of this record must obey.</summary>
    /// <param name="data">Data set.</param>
    /// <param name="ranks">Processes that train together.</param>
    /// <param name="patchesPerSample">Patches that a sample holds.</param>
    protected RuleBook CommonRules(DatasetManifest data, int ranks = 1, int patchesPerSample = 1)
    {
        var rules = new RuleBook();
        rules.Include("optimizer", Optimizer);
        rules.Include("schedule", Schedule);
        rules.Include("augmentation", Augmentation);
        rules.Require(BatchSize > 0, $"batch_size must be at least 1 but is {BatchSize}.");
        rules.Require(Accumulate > 0, $"accumulate must be at least 1 but is {Accumulate}.");
        rules.Require(BatchSize <= 0 || Accumulate <= 0 || BatchSize % Accumulate == 0, $"accumulate {Accumulate} does not divide batch_size {BatchSize}.");
        rules.Require(BatchSize <= 0 || Accumulate <= 0 || BatchSize / Accumulate % ranks == 0,
            $"{ranks} ranks do not divide batch_size {BatchSize} / accumulate {Accumulate}, {BatchSize / Math.Max(1, Accumulate)} patches: start a number of ranks that does, or begin a new run with another batch_size.");
        rules.Require(BatchSize <= 0 || Accumulate <= 0 || PartSize >= LeastPart,
            $"batch_size {BatchSize} in accumulate {Accumulate} parts leaves {BatchSize / Math.Max(1, Accumulate)} in a part, but the network's head normalizes over a part and needs {LeastPart} at least: lower accumulate, or raise batch_size.");
        if (BatchSize > 0 && Accumulate > 0 && !FitsArray(BatchSize / Accumulate / ranks))
        {
            rules.Require(false, $"A part of batch_size {BatchSize} in accumulate {Accumulate} parts has more values than one array can hold, {Array.MaxLength}: " +
                (LeastAccumulate(ranks, FitsArray) is { } least ? $"raise accumulate to at least {least}, or lower batch_size." : "lower batch_size."));
        }

        rules.Require(ShuffleWindow >= 0, $"shuffle_window must be 0 (the whole epoch) or more but is {ShuffleWindow}.");
        rules.Require(Steps is null or > 0, $"steps must be at least 1 but is {Steps}.");
        rules.Require(Epochs > 0, $"epochs must be at least 1 but is {Epochs}.");
        rules.Require(CheckpointEvery > 0, $"checkpoint_every must be at least 1 but is {CheckpointEvery}.");
        rules.Require(KeepCheckpoints > 0, $"keep_checkpoints must be at least 1 but is {KeepCheckpoints}.");
        rules.Require(MilestoneEvery is null or > 0, $"milestone_every must be at least 1 or null but is {MilestoneEvery}.");
        rules.Require(LogEvery > 0, $"log_every must be at least 1 but is {LogEvery}.");
        rules.Require(MaxNonFiniteSteps >= 0, $"max_non_finite_steps must not be negative but is {MaxNonFiniteSteps}.");
        rules.Require(DivergenceFactor is null or (> 1 and < double.PositiveInfinity), $"divergence_factor must be above 1 and finite, or null, but is {DivergenceFactor}.");
        rules.Require(DivergenceSteps > 0, $"divergence_steps must be at least 1 but is {DivergenceSteps}.");
        rules.Require(MaxReturns >= 0, $"max_returns must not be negative but is {MaxReturns}.");
        rules.Require(LoaderThreads is > 0 and <= MostThreads, $"loader_threads must lie between 1 and {MostThreads} but is {LoaderThreads}.");
        rules.Require(Threads is >= 0 and <= MostThreads, $"threads must lie between 0 (all cores) and {MostThreads} but is {Threads}.");
        return rules;

        bool FitsArray(int samples) => (long)samples * patchesPerSample * data.Bands.Count * data.PatchSize * data.PatchSize <= Array.MaxLength;
    }
}

/// <summary>Where the network runs.</summary>
public enum ComputeDevice
{
    /// <summary>The first GPU where there is one, else the processor.</summary>
    Auto,
    /// <summary>The processor.</summary>
    Cpu,
    /// <summary>The first CUDA GPU.</summary>
    Cuda,
}
