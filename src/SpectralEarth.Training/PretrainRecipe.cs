using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Training.Objectives;

namespace SpectralEarth.Training;

/// <summary>Everything that decides the outcome of a pretraining run; stored, resolved, in each run folder.</summary>
[MovedKeys("mae", "decoder", "mask_ratio", "adapter_input", "normalized_target", "valid_pixels_only")]
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
    /// <summary>Encoder: the network that is kept.</summary>
    public EncoderRecipe Encoder { get; init; } = new();
    /// <summary>Number of bands the recipe is made for; null takes what the data set holds.</summary>
    public int? Bands { get; init; }
    /// <summary>Side of the square window that the network sees, pixels; cut at random from the patch; null takes whole patches.</summary>
    public int? CropSize { get; init; }
    /// <summary>Source of mean and standard deviation per band: the data set's own, or those published for the sensor.</summary>
    public NormalizationSource Normalization { get; init; } = NormalizationSource.Dataset;

    /// <summary>Side of the window that the network sees, pixels.</summary>
    public int WindowSize(DatasetManifest data) => CropSize ?? data.PatchSize;

    /// <summary>The encoder on a data set with <paramref name="data"/>'s bands.</summary>
    public EncoderConfig EncoderOn(DatasetManifest data)
    {
        var shape = EncoderOn(data.Bands.Count, WindowSize(data));
        return shape.Adapter == AdapterForm.Full ? shape.ForBands(data.WavelengthsNm) : shape;
    }

    /// <summary>The encoder on images of <paramref name="bands"/> bands and <paramref name="patchSize"/> pixels per side.</summary>
    public EncoderConfig EncoderOn(int bands, int patchSize) => Encoder.Shape(bands, patchSize);

    /// <summary>Returns this recipe, the section of its objective filled in, if it can run on <paramref name="data"/>.</summary>
    /// <exception cref="RecipeException">Lists all broken rules.</exception>
    public PretrainRecipe Validated(DatasetManifest data)
    {
        var resolved = this with { Mae = Mae ?? (Objective == PretrainObjective.Mae ? new MaeRecipe() : null) };
        var rules = CommonRules();
        rules.Include("encoder", Encoder);
        resolved.CheckAgainst(data, rules);
        return rules.Accept(resolved);
    }

    private void CheckAgainst(DatasetManifest data, RuleBook rules)
    {
        rules.Require(data.Patches > 0, "The data set holds no patches; tile scenes into it first.");
        rules.Require(Bands is null || Bands == data.Bands.Count,
            $"bands is {Bands} but the data set holds {data.Bands.Count} bands: use a data set tiled with the bands of this recipe, or leave bands out.");
        EncoderOn(data).CheckBands(rules);
        rules.Require(CropSize is null || (CropSize > 0 && CropSize <= data.PatchSize),
            $"crop_size must lie between 1 and the data set's patch size {data.PatchSize} but is {CropSize}.");
        var (window, token) = (WindowSize(data), Encoder.TokenSize);
        if (token <= 0 || window <= 0)
            return;
        rules.Require(window % token == 0,
            $"encoder.token_size {token} does not divide the window of {window} pixels ({(CropSize is null ? "the data set's patch size" : "crop_size")}).");
        var tokens = window / token * (window / token);
        if (Mae is not null)
            rules.Section("mae", section => Mae.AddRules(section, data.Bands.Count, tokens));
    }
}

/// <summary>What a network learns by in pretraining.</summary>
public enum PretrainObjective
{
    /// <summary>Masked autoencoding (He et al. 2022).</summary>
    Mae,
}

/// <summary>Where mean and standard deviation per band come from.</summary>
public enum NormalizationSource
{
    /// <summary>From dataset.yaml.</summary>
    Dataset,
    /// <summary>From the statistics published for the sensor.</summary>
    Sensor,
}
