using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Training;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>
/// Everything that decides the outcome of a fine-tuning run; stored, resolved, in each run folder. The defaults are meant
/// for few labels: a pretrained network that changes slowly near its input, and averaged weights.
/// </summary>
public sealed record FinetuneRecipe : TrainingRecipe
{
    private const int MostEvaluations = 50;

    /// <summary>The defaults.</summary>
    public FinetuneRecipe()
    {
        BatchSize = 8;
        Epochs = 100;
        KeepCheckpoints = 2;
        Optimizer = new() { LearningRate = 1e-4, Betas = [0.9, 0.999] };
        Schedule = new() { WarmupFraction = 0.1 };
    }

    /// <summary>What is predicted: a class per pixel, or the class, the set of classes or the numbers of a patch.</summary>
    public TaskType Task { get; init; } = TaskType.Segmentation;
    /// <summary>Where the encoder's first weights come from; random keeps the checkpoint's architecture (for comparison).</summary>
    public InitialWeights InitialWeights { get; init; } = InitialWeights.Checkpoint;
    /// <summary>How the checkpoint's bands are found in the data set.</summary>
    public BandUse Bands { get; init; } = BandUse.ByNumber;
    /// <summary>How token features become a class per pixel.</summary>
    public SegmentationDecoder Decoder { get; init; } = SegmentationDecoder.Fusion;
    /// <summary>Channels of the fusion and UPerNet decoders.</summary>
    public int DecoderWidth { get; init; } = 64;
    /// <summary>Parts of the encoder that stay as they are.</summary>
    public FrozenPart Freeze { get; init; } = FrozenPart.None;
    /// <summary>Blocks, counted from the input, that are trained although <see cref="Freeze"/> freezes the encoder or all of it but the adapter.</summary>
    public int TrainFirstBlocks { get; init; }
    /// <summary>Whether the adapter's BatchNorm goes on collecting statistics from the training patches.</summary>
    public AdapterStatistics AdapterStatistics { get; init; } = AdapterStatistics.Frozen;
    /// <summary>Factor on the learning rate from each layer to the one below, in (0, 1] (Bao et al. 2022, appendix); 1 trains all alike.</summary>
    public double LayerDecay { get; init; } = 0.75;
    /// <summary>Loss.</summary>
    public LossRecipe Loss { get; init; } = new();
    /// <summary>Training, validation and test.</summary>
    public SplitRecipe Split { get; init; } = new();
    /// <summary>
    /// Whether the images of a segmentation are moved by what training labels lie aside from the ground that images show, up to two pixels and
    /// a part, in training, tests and maps.
    /// </summary>
    public bool RegisterLabels { get; init; } = true;
    /// <summary>
    /// Whether the fusion decoder's linear classifier of spectra and their surroundings is fitted to the training pixels before the network
    /// is trained (LP-FT; Kumar et al. 2022).
    /// </summary>
    public bool SpectralProbe { get; init; } = true;
    /// <summary>
    /// Share of the old value kept at each step in the running average of the weights that is evaluated and saved
    /// (Izmailov et al. 2018; Polyak and Juditsky 1992), in [0, 1); 0 uses the last weights themselves.
    /// </summary>
    public double AverageDecay { get; init; } = 0.98;
    /// <summary>
    /// Score of the validation patches that decides which weights are best; null takes the task's own: macro_f1, macro_average_precision
    /// for sets of classes, rmse for numbers.
    /// </summary>
    public SelectionScore? SelectBy { get; init; }
    /// <summary>Evaluations on validation without a better score after which the run ends; null never ends early.</summary>
    public int? Patience { get; init; }
    /// <summary>Steps between evaluations on validation; null evaluates once per epoch, but at most 50 times in the run.</summary>
    public long? EvaluateEvery { get; init; }
    /// <summary>Whether evaluation averages the predictions over the eight flips and rotations of a patch (eight times the work).</summary>
    public bool TestTimeAugmentation { get; init; } = true;

    /// <inheritdoc/>
    protected override int LeastPart => Task == TaskType.Regression ? 2 : 1;

    /// <summary>The score that decides.</summary>
    internal SelectionScore Selection => SelectBy ?? Scores[0];

    /// <summary>Scores that can decide in this task, its own first.</summary>
    private SelectionScore[] Scores => Task switch
    {
        TaskType.MultiLabel => [SelectionScore.MacroAveragePrecision, SelectionScore.MicroAveragePrecision, SelectionScore.MacroF1, SelectionScore.MicroF1, SelectionScore.MeanIou],
        TaskType.Regression => [SelectionScore.Rmse, SelectionScore.R2],
        _ => [SelectionScore.MacroF1, SelectionScore.MeanIou, SelectionScore.OverallAccuracy],
    };

    /// <summary>Steps between evaluations on validation, with <paramref name="patches"/> training patches.</summary>
    public long StepsPerEvaluation(int patches) =>
        EvaluateEvery ?? Math.Max((long)Math.Ceiling((double)patches / BatchSize), TotalSteps(patches) / MostEvaluations);

    /// <summary>Returns this recipe if it can run on <paramref name="data"/>.</summary>
    /// <exception cref="RecipeException">Lists all broken rules.</exception>
    public FinetuneRecipe Validated(DatasetManifest data) => Rules(data).Accept(this);

    /// <summary>The rules, those noted that this recipe breaks on <paramref name="data"/>.</summary>
    internal RuleBook Rules(DatasetManifest data)
    {
        var rules = CommonRules(data);
        rules.Include("loss", Loss);
        rules.Include("split", Split);
        rules.Require(data.Patches > 0, "The data set holds no patches; tile scenes into it first.");
        rules.Require(Task == TaskType.Regression || data.Classes.Count != 1, "The data set has one label class only; two are needed to tell them apart.");
        rules.Require(Task == TaskType.Regression || data.Classes.Count != 0,
            data.Targets.Count > 0 ? "The data set has numbers, no classes: set task to regression." : "The data set has no labels; tile it again with --labels RASTER.");
        rules.Require(Task != TaskType.Regression || data.Targets.Count > 0, "task regression needs numbers in the catalog, but the data set has none; import it with a task that has targets.");
        Loss.AddRules(rules, Task);
        rules.Require(TrainFirstBlocks >= 0, $"train_first_blocks must not be negative but is {TrainFirstBlocks}.");
        rules.Require(TrainFirstBlocks == 0 || Freeze is FrozenPart.Encoder or FrozenPart.AllButAdapter,
            $"train_first_blocks trains blocks of a frozen encoder; set freeze to encoder or all_but_adapter (it is {KeyNames.Of(Freeze)}).");
        rules.Require(SelectBy is null || Scores.Contains(SelectBy.Value),
            $"select_by must be {string.Join(", ", Scores.Select(score => KeyNames.Of(score)))} for this task but is {KeyNames.Of(Selection)}.");
        rules.Require(DecoderWidth > 0, $"decoder_width must be at least 1 but is {DecoderWidth}.");
        rules.Require(LayerDecay is > 0 and <= 1, $"layer_decay must lie in (0, 1] but is {LayerDecay}.");
        rules.Require(AverageDecay is >= 0 and < 1, $"average_decay must lie in [0, 1) but is {AverageDecay}.");
        rules.Require(Patience is null or > 0, $"patience must be at least 1 or null but is {Patience}.");
        rules.Require(Patience is null || Split.File is not null || Split.ValidationFraction > 0, "patience needs validation patches, but split.validation_fraction is 0.");
        rules.Require(EvaluateEvery is null or > 0, $"evaluate_every must be at least 1 but is {EvaluateEvery}.");
        return rules;
    }

    /// <summary>Refuses what encoder and split cannot give.</summary>
    /// <exception cref="RecipeException">Lists all broken rules.</exception>
    internal void RequireFit(EncoderConfig encoder, LabelledSplit split)
    {
        var rules = new RuleBook();
        rules.Require(TrainFirstBlocks <= encoder.LayerCount,
            $"train_first_blocks must be at most {encoder.LayerCount}, the {(encoder.IsTransformer ? "blocks" : "stages")} of the encoder, but is {TrainFirstBlocks}.");
        rules.Require(Patience is null || split.Validation.Count > 0,
            $"patience needs validation patches, but {Split.File} gives that part no labelled patch; leave patience out or make the split anew.");
        _ = rules.Accept(this);
    }

    /// <summary>
    /// What the recipe asks for although nothing reads it with this task and encoder; not refused, because protocols of a benchmark hold for
    /// tasks and encoders of several kinds.
    /// </summary>
    internal IEnumerable<string> WithoutEffect(EncoderConfig encoder)
    {
        var (usual, task) = (new FinetuneRecipe(), KeyNames.Of(Task));
        if (Task != TaskType.Segmentation && Decoder != usual.Decoder)
            yield return $"decoder is {KeyNames.Of(Decoder)}, but task {task} has no decoder.";
        if (DecoderWidth != usual.DecoderWidth && (Task != TaskType.Segmentation || Decoder is not (SegmentationDecoder.Fusion or SegmentationDecoder.Upernet)))
            yield return $"decoder_width is {DecoderWidth}, but only the fusion and upernet decoders of a segmentation have a width.";
        if (Split is { File: { } file, BlockSize: { } side })
            yield return $"split.block_size is {side}, but {file} says where each location belongs.";
        if (!encoder.IsTransformer && Precision != usual.Precision)
            yield return $"precision is {KeyNames.Of(Precision)}, but a residual network stays in float32.";
        if (!encoder.IsTransformer && Recompute)
            yield return "recompute is true, but only transformer blocks are run again.";
        if (!OverlapGradients)
            yield return "overlap_gradients is false, but one process fine-tunes.";
        if (Optimizer.Sharded)
            yield return "optimizer.sharded is true, but one process fine-tunes.";
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
    /// <summary>As updated, even where the adapter's weights are frozen: what the reference does, so that its "frozen" features change.</summary>
    Drifting,
}

/// <summary>Score that decides which weights are best.</summary>
public enum SelectionScore
{
    /// <summary>Mean F1 over the classes that occur.</summary>
    MacroF1,
    /// <summary>Mean IoU over the classes that occur.</summary>
    MeanIou,
    /// <summary>Share of pixels, or patches, that are right.</summary>
    OverallAccuracy,
    /// <summary>F1 of all decisions together.</summary>
    MicroF1,
    /// <summary>Mean average precision over the classes that are present.</summary>
    MacroAveragePrecision,
    /// <summary>Average precision of all decisions together.</summary>
    MicroAveragePrecision,
    /// <summary>Root of the mean squared error; the lowest is best.</summary>
    Rmse,
    /// <summary>Coefficient of determination, mean over targets.</summary>
    R2,
}
