using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;

namespace SpectralEarth.Training;

/// <summary>Everything that decides the outcome of a pretraining run; stored, resolved, in each run folder.</summary>
/// <remarks>Masked autoencoding as in He et al. 2022 on the spectral-adapter ViT of Braham et al. 2025.</remarks>
public sealed record PretrainRecipe : TrainingRecipe
{
    /// <summary>The defaults.</summary>
    public PretrainRecipe()
    {
        BatchSize = 64;
        Epochs = 200;
    }

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

    /// <summary>Side of the window that the network sees, pixels.</summary>
    public int WindowSize(DatasetManifest data) => CropSize ?? data.PatchSize;

    /// <summary>The network and objective on a data set with <paramref name="data"/>'s bands.</summary>
    public MaeConfig Model(DatasetManifest data) => Model(data.Bands.Count, WindowSize(data));

    /// <summary>The network and objective on images of <paramref name="bands"/> bands and <paramref name="patchSize"/> pixels per side.</summary>
    public MaeConfig Model(int bands, int patchSize) => new()
    {
        Encoder = Encoder.Shape(bands, patchSize),
        DecoderWidth = Decoder.Width,
        DecoderDepth = Decoder.Depth,
        DecoderHeads = Decoder.Heads,
        MaskRatio = MaskRatio,
        NormalizedTarget = NormalizedTarget,
        AdapterInput = AdapterInput,
    };

    /// <summary>Returns this recipe if it can run on <paramref name="data"/>.</summary>
    /// <exception cref="RecipeException">Lists all broken rules.</exception>
    public PretrainRecipe Validated(DatasetManifest data)
    {
        var rules = CommonRules();
        rules.Include("encoder", Encoder);
        rules.Include("decoder", Decoder);
        CheckAgainst(data, rules);
        return rules.Accept(this);
    }

    private void CheckAgainst(DatasetManifest data, RuleBook rules)
    {
        rules.Require(data.Patches > 0, "The data set holds no patches; tile scenes into it first.");
        rules.Require(Bands is null || Bands == data.Bands.Count,
            $"bands is {Bands} but the data set holds {data.Bands.Count} bands: use a data set tiled with the bands of this recipe, or leave bands out.");
        rules.Require(!Encoder.Shape(data.Bands.Count, data.PatchSize).HasAdapter || data.Bands.Count >= SpectralAdapter.MinimumBands,
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
