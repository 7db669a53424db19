using SpectralEarth.Shards;
using SpectralEarth.Training;
using SpectralEarth.Training.Augmentation;
using SpectralEarth.Training.Optimization;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>
/// Everything that decides the outcome of a fine-tuning run; stored, resolved, in each run folder. The defaults are meant
/// for few labels: a pretrained network that changes slowly near its input, a tempered loss and averaged weights.
/// </summary>
public sealed record FinetuneRecipe
{
    /// <summary>Where the encoder's first weights come from; random keeps the checkpoint's architecture (for comparison).</summary>
    public InitialWeights InitialWeights { get; init; } = InitialWeights.Checkpoint;
    /// <summary>Parts of the encoder that stay as they are.</summary>
    public FrozenPart Freeze { get; init; } = FrozenPart.None;
    /// <summary>Factor on the learning rate from each layer to the one below, in (0, 1] (Bao et al. 2022, appendix); 1 trains all alike.</summary>
    public double LayerDecay { get; init; } = 0.75;
    /// <summary>Loss.</summary>
    public LossRecipe Loss { get; init; } = new();
    /// <summary>Geometric augmentation; spectra are never changed.</summary>
    public AugmentationRecipe Augmentation { get; init; } = new();
    /// <summary>Training, validation and test.</summary>
    public SplitRecipe Split { get; init; } = new();
    /// <summary>Patches per optimizer step.</summary>
    public int BatchSize { get; init; } = 8;
    /// <summary>Optimizer steps; null derives them from <see cref="Epochs"/>.</summary>
    public long? Steps { get; init; }
    /// <summary>Passes over the training patches; not read when <see cref="Steps"/> is set.</summary>
    public int Epochs { get; init; } = 100;
    /// <summary>AdamW and gradient clipping.</summary>
    public OptimizerRecipe Optimizer { get; init; } = new() { Betas = [0.9, 0.999] };
    /// <summary>Learning rate over time.</summary>
    public ScheduleRecipe Schedule { get; init; } = new() { WarmupFraction = 0.1 };
    /// <summary>
    /// Share of the old value kept at each step in the running average of the weights that is evaluated and saved
    /// (Izmailov et al. 2018; Polyak and Juditsky 1992), in [0, 1); 0 uses the last weights themselves.
    /// </summary>
    public double AverageDecay { get; init; } = 0.98;
    /// <summary>Score of the validation patches that decides which weights are best.</summary>
    public SelectionScore SelectBy { get; init; } = SelectionScore.MacroF1;
    /// <summary>Evaluations on validation without a better score after which the run ends; null never ends early.</summary>
    public int? Patience { get; init; }
    /// <summary>Steps between evaluations on validation; null evaluates once per epoch.</summary>
    public long? EvaluateEvery { get; init; }
    /// <summary>Whether evaluation averages the predictions over the eight flips and rotations of a patch (eight times the work).</summary>
    public bool TestTimeAugmentation { get; init; } = true;
    /// <summary>Seed of everything random but the split.</summary>
    public long Seed { get; init; } = 1;
    /// <summary>Steps between checkpoints; one is also written at the end and on Ctrl-C.</summary>
    public long CheckpointEvery { get; init; } = 500;
    /// <summary>Newest checkpoints that are kept; the best one is kept besides.</summary>
    public int KeepCheckpoints { get; init; } = 2;
    /// <summary>Steps between rows of metrics.csv and TensorBoard points.</summary>
    public long LogEvery { get; init; } = 1;
    /// <summary>Steps in a row whose loss or gradient may be NaN or infinite (each is skipped) before the run stops.</summary>
    public int MaxNonFiniteSteps { get; init; } = 10;
    /// <summary>Threads that read and decode shards.</summary>
    public int LoaderThreads { get; init; } = 2;
    /// <summary>Threads of the tensor library; 0 takes all cores. Results are bit-identical for equal numbers only.</summary>
    public int Threads { get; init; }
    /// <summary>Where the network runs: auto takes the GPU where there is one.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Auto;
}

/// <summary>Where the encoder's first weights come from.</summary>
public enum InitialWeights
{
    /// <summary>From the pretraining checkpoint.</summary>
    Checkpoint,
    /// <summary>Drawn from the run's seed.</summary>
    Random,
}

/// <summary>Parts of the encoder that are not trained; frozen parts stay in evaluation mode, so that no statistic drifts.</summary>
public enum FrozenPart
{
    /// <summary>Everything is trained.</summary>
    None,
    /// <summary>The spectral adapter is frozen.</summary>
    Adapter,
    /// <summary>All of the encoder but the spectral adapter is frozen.</summary>
    AllButAdapter,
    /// <summary>The whole encoder is frozen; only the decoder learns.</summary>
    Encoder,
}

/// <summary>Score that decides which weights are best.</summary>
public enum SelectionScore
{
    /// <summary>Mean F1 over the classes that occur.</summary>
    MacroF1,
    /// <summary>Mean IoU over the classes that occur.</summary>
    MeanIoU,
    /// <summary>Share of pixels that are right.</summary>
    OverallAccuracy,
}
