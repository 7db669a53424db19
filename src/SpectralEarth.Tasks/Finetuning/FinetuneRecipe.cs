using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Training;
using SpectralEarth.Training.Augmentation;
using SpectralEarth.Training.Optimization;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>
/// Everything that decides the outcome of a fine-tuning run; stored, resolved, in each run folder. The defaults are meant
/// for few labels: a pretrained network that changes slowly near its input, a tempered loss and averaged weights.
/// </summary>
public sealed record FinetuneRecipe
{
    private const int MostEvaluations = 50;

    /// <summary>Where the encoder's first weights come from; random keeps the checkpoint's architecture (for comparison).</summary>
    public InitialWeights InitialWeights { get; init; } = InitialWeights.Checkpoint;
    /// <summary>How token features become a class per pixel.</summary>
    public SegmentationDecoder Decoder { get; init; } = SegmentationDecoder.Fusion;
    /// <summary>Channels of the fusion decoder.</summary>
    public int DecoderWidth { get; init; } = 64;
    /// <summary>Parts of the encoder that stay as they are.</summary>
    public FrozenPart Freeze { get; init; } = FrozenPart.None;
    /// <summary>Whether the adapter's BatchNorm goes on collecting statistics from the training patches.</summary>
    public AdapterStatistics AdapterStatistics { get; init; } = AdapterStatistics.Frozen;
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
    public OptimizerRecipe Optimizer { get; init; } = new() { LearningRate = 1e-4, Betas = [0.9, 0.999] };
    /// <summary>Learning rate over time.</summary>
    public ScheduleRecipe Schedule { get; init; } = new() { WarmupFraction = 0.1 };
    /// <summary>
    /// Whether the fusion decoder's linear classifier of single spectra is fitted to the training pixels before the network
    /// is trained (LP-FT; Kumar et al. 2022).
    /// </summary>
    public bool SpectralProbe { get; init; } = true;
    /// <summary>
    /// Share of the old value kept at each step in the running average of the weights that is evaluated and saved
    /// (Izmailov et al. 2018; Polyak and Juditsky 1992), in [0, 1); 0 uses the last weights themselves.
    /// </summary>
    public double AverageDecay { get; init; } = 0.98;
    /// <summary>Score of the validation patches that decides which weights are best.</summary>
    public SelectionScore SelectBy { get; init; } = SelectionScore.MacroF1;
    /// <summary>Evaluations on validation without a better score after which the run ends; null never ends early.</summary>
    public int? Patience { get; init; }
    /// <summary>Steps between evaluations on validation; null evaluates once per epoch, but at most 50 times in the run.</summary>
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

    /// <summary>Keys that may change between starts of a run: they say how the work is done, not what comes out.</summary>
    internal static IReadOnlyCollection<string> FreeKeys { get; } =
        ["checkpoint_every", "keep_checkpoints", "log_every", "loader_threads", "threads", "device"];

    /// <summary>Optimizer steps of the whole run on <paramref name="patches"/> training patches.</summary>
    public long TotalSteps(int patches) => Steps ?? (long)Math.Ceiling((double)Epochs * patches / BatchSize);

    /// <summary>Steps between evaluations on validation, with <paramref name="patches"/> training patches.</summary>
    public long StepsPerEvaluation(int patches) =>
        EvaluateEvery ?? Math.Max((long)Math.Ceiling((double)patches / BatchSize), TotalSteps(patches) / MostEvaluations);

    internal LoopSettings Loop(int patches) => new()
    {
        TotalSteps = TotalSteps(patches),
        BatchSize = BatchSize,
        Seed = Seed,
        CheckpointEvery = CheckpointEvery,
        KeepCheckpoints = KeepCheckpoints,
        LogEvery = LogEvery,
        MaxNonFiniteSteps = MaxNonFiniteSteps,
        LoaderThreads = LoaderThreads,
    };

    /// <summary>Returns this recipe if it can run on <paramref name="data"/>.</summary>
    /// <exception cref="RecipeException">Lists all broken rules.</exception>
    public FinetuneRecipe Validated(DatasetManifest data)
    {
        var rules = new RuleBook();
        rules.Include("loss", Loss);
        rules.Include("split", Split);
        rules.Include("augmentation", Augmentation);
        rules.Include("optimizer", Optimizer);
        rules.Include("schedule", Schedule);
        rules.Require(data.Patches > 0, "The data set holds no patches; tile scenes into it first.");
        rules.Require(data.Classes.Count != 1, "The data set has one label class only; two are needed to tell them apart.");
        rules.Require(data.Classes.Count != 0, "The data set has no labels; tile it again with --labels RASTER.");
        rules.Require(DecoderWidth > 0, $"decoder_width must be at least 1 but is {DecoderWidth}.");
        rules.Require(LayerDecay is > 0 and <= 1, $"layer_decay must lie in (0, 1] but is {LayerDecay}.");
        rules.Require(AverageDecay is >= 0 and < 1, $"average_decay must lie in [0, 1) but is {AverageDecay}.");
        rules.Require(BatchSize > 0, $"batch_size must be at least 1 but is {BatchSize}.");
        rules.Require(Steps is null or > 0, $"steps must be at least 1 but is {Steps}.");
        rules.Require(Epochs > 0, $"epochs must be at least 1 but is {Epochs}.");
        rules.Require(Patience is null or > 0, $"patience must be at least 1 or null but is {Patience}.");
        rules.Require(Patience is null || Split.ValidationFraction > 0, "patience needs validation patches, but split.validation_fraction is 0.");
        rules.Require(EvaluateEvery is null or > 0, $"evaluate_every must be at least 1 but is {EvaluateEvery}.");
        rules.Require(CheckpointEvery > 0, $"checkpoint_every must be at least 1 but is {CheckpointEvery}.");
        rules.Require(KeepCheckpoints > 0, $"keep_checkpoints must be at least 1 but is {KeepCheckpoints}.");
        rules.Require(LogEvery > 0, $"log_every must be at least 1 but is {LogEvery}.");
        rules.Require(MaxNonFiniteSteps >= 0, $"max_non_finite_steps must not be negative but is {MaxNonFiniteSteps}.");
        rules.Require(LoaderThreads > 0, $"loader_threads must be at least 1 but is {LoaderThreads}.");
        rules.Require(Threads >= 0, $"threads must be 0 (all cores) or more but is {Threads}.");
        return rules.Accept(this);
    }
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

/// <summary>Statistics of the BatchNorm layers in the spectral adapter.</summary>
public enum AdapterStatistics
{
    /// <summary>Those of the batch while training, their running average in use (unless the adapter is frozen).</summary>
    Updated,
    /// <summary>Those of the checkpoint throughout.</summary>
    Frozen,
}

/// <summary>Score that decides which weights are best.</summary>
public enum SelectionScore
{
    /// <summary>Mean F1 over the classes that occur.</summary>
    MacroF1,
    /// <summary>Mean IoU over the classes that occur.</summary>
    MeanIou,
    /// <summary>Share of pixels that are right.</summary>
    OverallAccuracy,
}
