using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Training.Objectives;

namespace SpectralEarth.Training;

/// <summary>Everything that decides the outcome of a pretraining run; stored, resolved, in each run folder.</summary>
public sealed record PretrainRecipe : TrainingRecipe
{
    /// <summary>The defaults.</summary>
    public PretrainRecipe()
    {
        BatchSize = 64;
        Epochs = 200;
    }

    /// <summary>What the network learns by; the section of that name holds its keys, and no other objective's section may be given.</summary>
    public PretrainObjective Objective { get; init; } = PretrainObjective.Mae;
    /// <summary>Keys of masked autoencoding; null takes its defaults.</summary>
    public MaeRecipe? Mae { get; init; }
    /// <summary>Keys of MoCo v2; null takes its defaults.</summary>
    public MocoV2Recipe? MocoV2 { get; init; }
    /// <summary>Keys of MoCo v3; null takes its defaults.</summary>
    public MocoV3Recipe? MocoV3 { get; init; }
    /// <summary>Keys of DINO; null takes its defaults.</summary>
    public DinoRecipe? Dino { get; init; }
    /// <summary>What an epoch goes through; with temporal positives always locations.</summary>
    public PretrainSamples Samples { get; init; } = PretrainSamples.Patches;
    /// <summary>What the two views of a sample have in common; of no use to masked autoencoding, which sees one.</summary>
    public PositivePairs Positives { get; init; } = PositivePairs.Augmentation;
    /// <summary>Dates of a location that a sample holds with temporal positives; view v is of date v modulo this.</summary>
    public int Dates { get; init; } = 2;
    /// <summary>What becomes of locations with fewer dates than temporal positives need.</summary>
    public SingleDate SingleDate { get; init; } = SingleDate.Repeat;
    /// <summary>Encoder: the network that is kept.</summary>
    public EncoderRecipe Encoder { get; init; } = new();
    /// <summary>Number of bands the recipe is made for; null takes what the data set holds.</summary>
    public int? Bands { get; init; }
    /// <summary>Side of the square window that the network sees, pixels; cut at random from the patch; null takes whole patches.</summary>
    public int? CropSize { get; init; }
    /// <summary>Source of mean and standard deviation per band: the data set's own, or those published for the sensor.</summary>
    public NormalizationSource Normalization { get; init; } = NormalizationSource.Dataset;

    /// <summary>Patches of a location that a sample holds.</summary>
    public int DatesPerSample => Positives == PositivePairs.Temporal ? Dates : 1;

    /// <inheritdoc/>
    internal override string EffectOfAccumulate => Objective == PretrainObjective.MocoV3
        ? "less memory, but another loss: MoCo v3 contrasts the keys of one part; recompute changes nothing"
        : base.EffectOfAccumulate;

    /// <inheritdoc/>
    protected override int LeastPart => Objective is PretrainObjective.MocoV2 or PretrainObjective.MocoV3 ? 2 : 1;

    /// <summary>What an epoch on a data set goes through.</summary>
    /// <exception cref="DatasetException">No location has so many dates, and the recipe leaves out those with fewer.</exception>
    public SampleSet SamplesOf(IReadOnlyList<PatchInfo> catalog)
    {
        var all = Enumerable.Range(0, catalog.Count);
        return Samples == PretrainSamples.Patches && DatesPerSample == 1
            ? SampleSet.OfPatches(all)
            : SampleSet.OfDates(catalog, all, DatesPerSample, repeated: SingleDate == SingleDate.Repeat);
    }

    /// <summary>Side of the window that the network sees, pixels.</summary>
    public int WindowSize(DatasetManifest data) => CropSize ?? data.PatchSize;

    /// <summary>The encoder on a data set with <paramref name="data"/>'s bands.</summary>
    public EncoderConfig EncoderOn(DatasetManifest data) => EncoderOn(data.Bands.Count, WindowSize(data)).ForBands(data.WavelengthsNm);

    /// <summary>The encoder on images of <paramref name="bands"/> bands and <paramref name="patchSize"/> pixels per side.</summary>
    public EncoderConfig EncoderOn(int bands, int patchSize) => Encoder.Shape(bands, patchSize,
        Objective is PretrainObjective.MocoV2 or PretrainObjective.Dino ? PositionalEmbedding.Learned : PositionalEmbedding.SineCosine);

    /// <summary>Returns this recipe, the section of its objective filled in, if it can run on <paramref name="data"/>.</summary>
    /// <param name="data">Data set.</param>
    /// <param name="ranks">Processes that train together.</param>
    /// <exception cref="RecipeException">Lists all broken rules.</exception>
    public PretrainRecipe Validated(DatasetManifest data, int ranks = 1)
    {
        var resolved = this with
        {
            Mae = Mae ?? (Objective == PretrainObjective.Mae ? new MaeRecipe() : null),
            MocoV2 = MocoV2 ?? (Objective == PretrainObjective.MocoV2 ? new MocoV2Recipe() : null),
            MocoV3 = MocoV3 ?? (Objective == PretrainObjective.MocoV3 ? new MocoV3Recipe() : null),
            Dino = Dino ?? (Objective == PretrainObjective.Dino ? new DinoRecipe() : null),
        };
        var rules = CommonRules(data, ranks, DatesPerSample);
        rules.Include("encoder", Encoder);
        resolved.CheckAgainst(data, rules);
        resolved.CheckObjective(rules);
        return rules.Accept(resolved);
    }

    private void CheckObjective(RuleBook rules)
    {
        (PretrainObjective Objective, string Key, IRecipePart? Section)[] sections =
            [(PretrainObjective.MocoV2, "moco_v2", MocoV2), (PretrainObjective.MocoV3, "moco_v3", MocoV3), (PretrainObjective.Dino, "dino", Dino)];
        var chosen = sections.FirstOrDefault(section => section.Objective == Objective).Key ?? "mae";
        foreach (var (objective, key, section) in sections)
        {
            if (objective == Objective)
                rules.Include(key, section!);
            rules.Require(objective == Objective || section is null, Unused(key));
        }

        rules.Require(Objective == PretrainObjective.Mae || Mae is null, Unused("mae"));
        var isTransformer = EncoderOn(bands: 1, patchSize: 1).IsTransformer;
        rules.Require(isTransformer || Precision == Precision.Float32,
            "precision is bfloat16, which transformer blocks compute in; a residual network stays in float32: leave precision out.");
        rules.Require(isTransformer || !Recompute,
            "recompute is true, but only transformer blocks are run again; a residual network keeps all results: leave recompute out, raise accumulate if memory is short.");
        rules.Require(Objective != PretrainObjective.Mae || isTransformer,
            "objective mae hides tokens, which a residual network has not: choose encoder.architecture spec_vit or vit, or another objective.");
        rules.Require(Objective != PretrainObjective.Mae || Positives == PositivePairs.Augmentation,
            "positives is temporal, but objective mae sees one view of a sample: leave positives out, or choose another objective.");
        var views = 2 + (Dino?.LocalViews.Count ?? 0);
        rules.Require(Dates == 2 || Positives == PositivePairs.Temporal, $"dates is {Dates}, but positives is augmentation, whose views are of one date: leave dates out, or set positives to temporal.");
        rules.Require(Dates >= 2 && Dates <= views, $"dates must lie between 2 and {views}, the number of views of objective {chosen}, but is {Dates}.");
        rules.Require(Objective == PretrainObjective.Mae || Positives == PositivePairs.Temporal || Augmentation.ResizedCropScale is not null,
            $"augmentation.resized_crop_scale is missing: without it the two views of objective {chosen} would differ by a turn only. Set it, for example to [0.08, 1].");

        string Unused(string key) => $"{key} is given, but the objective is {chosen}: leave the section out, or set objective to {key}.";
    }

    private void CheckAgainst(DatasetManifest data, RuleBook rules)
    {
        rules.Require(data.Patches > 0, "The data set holds no patches; tile scenes into it first.");
        rules.Require(Bands is null || Bands == data.Bands.Count,
            $"bands is {Bands} but the data set holds {data.Bands.Count} bands: use a data set tiled with the bands of this recipe, or leave bands out.");
        var encoder = EncoderOn(data);
        encoder.CheckBands(rules);
        rules.Section("encoder", encoder.CheckTransformer);
        rules.Require(CropSize is null || (CropSize > 0 && CropSize <= data.PatchSize),
            $"crop_size must lie between 1 and the data set's patch size {data.PatchSize} but is {CropSize}: set it to null for whole patches, or tile with a larger --patch-size.");
        var (window, token) = (WindowSize(data), Encoder.TokenSize);
        if (token <= 0 || window <= 0 || !encoder.IsTransformer)
            return;
        rules.Require(window % token == 0,
            $"encoder.token_size {token} does not divide the window of {window} pixels ({(CropSize is null ? "the data set's patch size" : "crop_size")}).");
        if (Mae is not null)
            rules.Section("mae", section => Mae.AddRules(section, encoder));
        rules.Require(Dino is not { LocalViews: { Count: > 0, Size: var local } } || (local <= window && local % token == 0),
            $"dino.local_views.size must be a multiple of encoder.token_size {token} and at most the window of {window} pixels but is {Dino?.LocalViews.Size}.");
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
