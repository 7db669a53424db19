using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Training.Augmentation;
using SpectralEarth.Training.Optimization;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Training;

/// <summary>Everything that decides the outcome of a pretraining run; stored, resolved, in each run folder.</summary>
/// <remarks>Masked autoencoding as in He et al. 2022 on the spectral-adapter ViT of Braham et al. 2025.</remarks>
public sealed record PretrainRecipe
{
    /// <summary>Encoder: the network that is kept.</summary>
    public EncoderRecipe Encoder { get; init; } = new();
    /// <summary>Decoder: needed for pretraining only.</summary>
    public DecoderRecipe Decoder { get; init; } = new();
    /// <summary>Number of bands the recipe is made for; null takes what the data set holds.</summary>
    public int? Bands { get; init; }
    /// <summary>Side of the square window that the network sees, pixels; cut at random from the patch; null takes whole patches.</summary>
    public int? CropSize { get; init; }
    /// <summary>Share of tokens hidden from the encoder, in (0, 1); SpectralEarth uses 0.9.</summary>
    public double MaskRatio { get; init; } = 0.9;
    /// <summary>Pixels that pass through the spectral adapter: those of visible tokens (fast), or all (as the reference).</summary>
    public AdapterInput AdapterInput { get; init; } = AdapterInput.Visible;
    /// <summary>Whether each token's target is scaled to mean 0 and variance 1 (He et al. 2022, section 3).</summary>
    public bool NormalizedTarget { get; init; } = true;
    /// <summary>Whether pixels without data are kept out of the loss; false weighs them like the others, as the reference does.</summary>
    public bool ValidPixelsOnly { get; init; } = true;
    /// <summary>Source of mean and standard deviation per band: the data set's own, or those published for the sensor.</summary>
    public NormalizationSource Normalization { get; init; } = NormalizationSource.Dataset;
    /// <summary>Geometric augmentation; spectra are never changed.</summary>
    public AugmentationRecipe Augmentation { get; init; } = new();
    /// <summary>Patches per optimizer step.</summary>
    public int BatchSize { get; init; } = 64;
    /// <summary>Passes over the data set; not read when <see cref="Steps"/> is set.</summary>
    public int Epochs { get; init; } = 200;
    /// <summary>Optimizer steps; null derives them from <see cref="Epochs"/>.</summary>
    public long? Steps { get; init; }
    /// <summary>AdamW and gradient clipping.</summary>
    public OptimizerRecipe Optimizer { get; init; } = new();
    /// <summary>Learning rate over time.</summary>
    public ScheduleRecipe Schedule { get; init; } = new();
    /// <summary>Seed of everything random.</summary>
    public long Seed { get; init; } = 1;
    /// <summary>Steps between checkpoints; one is also written at the end and on Ctrl-C.</summary>
    public long CheckpointEvery { get; init; } = 500;
    /// <summary>Newest checkpoints that are kept.</summary>
    public int KeepCheckpoints { get; init; } = 3;
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

    /// <summary>Keys that may change when a run is resumed: they say how the work is done, not what is learned.</summary>
    internal static IReadOnlyCollection<string> FreeKeys { get; } =
        ["checkpoint_every", "keep_checkpoints", "log_every", "loader_threads", "threads", "device"];

    /// <summary>Side of the window that the network sees, pixels.</summary>
    public int WindowSize(DatasetManifest data) => CropSize ?? data.PatchSize;

    /// <summary>The network and objective on a data set with <paramref name="data"/>'s bands.</summary>
    public MaeConfig Model(DatasetManifest data) => Model(data.Bands.Count, WindowSize(data));

    /// <summary>The network and objective on images of <paramref name="bands"/> bands and <paramref name="patchSize"/> pixels per side.</summary>
    public MaeConfig Model(int bands, int patchSize) => new()
    {
        Encoder = new ViTConfig
        {
            Bands = bands,
            PatchSize = patchSize,
            TokenSize = Encoder.TokenSize,
            Width = Encoder.Width,
            Depth = Encoder.Depth,
            Heads = Encoder.Heads,
        },
        DecoderWidth = Decoder.Width,
        DecoderDepth = Decoder.Depth,
        DecoderHeads = Decoder.Heads,
        MaskRatio = MaskRatio,
        NormalizedTarget = NormalizedTarget,
        AdapterInput = AdapterInput,
    };

    /// <summary>Steps in one pass over <paramref name="patches"/> samples; a batch may span two epochs.</summary>
    public double StepsPerEpoch(int patches) => (double)patches / BatchSize;

    /// <summary>Optimizer steps of the whole run on <paramref name="patches"/> samples.</summary>
    public long TotalSteps(int patches) => Steps ?? (long)Math.Ceiling(Epochs * StepsPerEpoch(patches));

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
    public PretrainRecipe Validated(DatasetManifest data)
    {
        var rules = new RuleBook();
        rules.Include("encoder", Encoder);
        rules.Include("decoder", Decoder);
        rules.Include("optimizer", Optimizer);
        rules.Include("schedule", Schedule);
        rules.Include("augmentation", Augmentation);
        CheckAgainst(data, rules);
        rules.Require(BatchSize > 0, $"batch_size must be at least 1 but is {BatchSize}.");
        rules.Require(Steps is null or > 0, $"steps must be at least 1 but is {Steps}.");
        rules.Require(Epochs > 0, $"epochs must be at least 1 but is {Epochs}.");
        rules.Require(CheckpointEvery > 0, $"checkpoint_every must be at least 1 but is {CheckpointEvery}.");
        rules.Require(KeepCheckpoints > 0, $"keep_checkpoints must be at least 1 but is {KeepCheckpoints}.");
        rules.Require(LogEvery > 0, $"log_every must be at least 1 but is {LogEvery}.");
        rules.Require(MaxNonFiniteSteps >= 0, $"max_non_finite_steps must not be negative but is {MaxNonFiniteSteps}.");
        rules.Require(LoaderThreads > 0, $"loader_threads must be at least 1 but is {LoaderThreads}.");
        rules.Require(Threads >= 0, $"threads must be 0 (all cores) or more but is {Threads}.");
        return rules.Accept(this);
    }

    private void CheckAgainst(DatasetManifest data, RuleBook rules)
    {
        rules.Require(data.Patches > 0, "The data set holds no patches; tile scenes into it first.");
        rules.Require(Bands is null || Bands == data.Bands.Count,
            $"bands is {Bands} but the data set holds {data.Bands.Count} bands: use a data set tiled with the bands of this recipe, or leave bands out.");
        rules.Require(data.Bands.Count >= SpectralAdapter.MinimumBands,
            $"The data set holds {data.Bands.Count} bands; the spectral adapter needs at least {SpectralAdapter.MinimumBands}.");
        rules.Require(CropSize is null || (CropSize > 0 && CropSize <= data.PatchSize),
            $"crop_size must lie between 1 and the data set's patch size {data.PatchSize} but is {CropSize}.");
        var (window, token) = (WindowSize(data), Encoder.TokenSize);
        if (token <= 0 || window <= 0)
            return;
        rules.Require(window % token == 0,
            $"encoder.token_size {token} does not divide the window of {window} pixels ({(CropSize is null ? "the data set's patch size" : "crop_size")}).");
        var tokens = window / token * (window / token);
        var visible = RandomMasking.KeptTokens(tokens, MaskRatio);
        rules.Require(MaskRatio is > 0 and < 1, $"mask_ratio must lie in (0, 1) but is {MaskRatio}.");
        rules.Require(MaskRatio is <= 0 or >= 1 || (visible > 0 && visible < tokens),
            $"mask_ratio {MaskRatio} leaves {visible} of {tokens} tokens visible; at least one must be visible and one hidden.");
    }
}

/// <summary>Where mean and standard deviation per band come from.</summary>
public enum NormalizationSource
{
    /// <summary>From dataset.yaml.</summary>
    Dataset,
    /// <summary>From the statistics published for the sensor.</summary>
    Sensor,
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
