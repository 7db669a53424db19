using System.Text.Json;
using System.Text.Json.Serialization;
using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Spectra;

namespace SpectralEarth.Checkpoints;

/// <summary>Everything that a program must know to use a model: stored as JSON in the metadata of its weights.</summary>
public sealed record ModelDescription
{
    /// <summary>Key of the description in a safetensors file's metadata.</summary>
    public const string MetadataKey = "spectralearth";

    /// <summary>Value of <see cref="Architecture"/> for a <see cref="MaskedAutoencoder"/>.</summary>
    public const string MaeArchitecture = "mae";

    /// <summary>Value of <see cref="Architecture"/> for a <see cref="SegmentationModel"/>.</summary>
    public const string SegmentationArchitecture = "segmentation";

    /// <summary>Value of <see cref="Architecture"/> for a <see cref="ClassificationModel"/>.</summary>
    public const string ClassificationArchitecture = "classification";

    /// <summary>Value of <see cref="Architecture"/> for a <see cref="RegressionModel"/>.</summary>
    public const string RegressionArchitecture = "regression";

    /// <summary>Value of <see cref="Architecture"/> for an <see cref="Models.Encoder"/> without the parts that an objective or task adds.</summary>
    public const string EncoderOnlyArchitecture = "encoder";

    private const int Version = 2;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        IgnoreReadOnlyProperties = true,
    };

    /// <summary>Version of this record; a reader refuses others.</summary>
    public int FormatVersion { get; init; } = Version;

    /// <summary>"mae", "segmentation", "classification", "regression" or "encoder".</summary>
    public required string Architecture { get; init; }

    /// <summary>Shape of a masked autoencoder; only for "mae".</summary>
    public MaeConfig? Mae { get; init; }

    /// <summary>Shape of a segmentation network; only for "segmentation".</summary>
    public SegmentationConfig? Segmentation { get; init; }

    /// <summary>Shape of a network that classifies images; only for "classification".</summary>
    public ClassificationConfig? Classification { get; init; }

    /// <summary>Shape of a network that estimates numbers; only for "regression".</summary>
    public RegressionConfig? Regression { get; init; }

    /// <summary>Shape of an encoder alone; only for "encoder".</summary>
    [JsonPropertyName("encoder")]
    public EncoderConfig? EncoderOnly { get; init; }

    /// <summary>1-based numbers of the input bands, in channel order.</summary>
    public required IReadOnlyList<int> Bands { get; init; }

    /// <summary>Centre wavelengths, nm, in channel order.</summary>
    public required IReadOnlyList<double> WavelengthsNm { get; init; }

    /// <summary>Mean of each channel used in normalisation, digital numbers.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>Standard deviation of each channel used in normalisation, digital numbers.</summary>
    public required IReadOnlyList<double> StandardDeviation { get; init; }

    /// <summary>Where images show the ground of a label's pixel: input is moved by it after normalisation. Null if they lie on each other.</summary>
    public PixelOffset? LabelOffset { get; init; }

    /// <summary>Digital number of pixels without data.</summary>
    public required short NoData { get; init; }

    /// <summary>Side of a pixel, m.</summary>
    public required double PixelSizeM { get; init; }

    /// <summary>Classes in the order of the logits; empty unless the model names classes.</summary>
    public IReadOnlyList<LabelClass> Classes { get; init; } = [];

    /// <summary>Targets in the order of the numbers; only for "regression".</summary>
    public IReadOnlyList<ModelTarget> Targets { get; init; } = [];

    /// <summary>Where the weights come from.</summary>
    public required Provenance Provenance { get; init; }

    /// <summary>Shape of the encoder.</summary>
    [JsonIgnore]
    public EncoderConfig Encoder => EncoderOnly ?? Mae?.Encoder ?? Segmentation?.Encoder ?? Classification?.Encoder ?? Regression!.Encoder;

    /// <summary>True if the model does a task, not only pretraining's objective.</summary>
    [JsonIgnore]
    public bool IsTask => (Segmentation, Classification, Regression) is not (null, null, null);

    /// <summary>The description of this model's encoder alone.</summary>
    public ModelDescription OfEncoder() =>
        this with
        {
            Architecture = EncoderOnlyArchitecture,
            EncoderOnly = Encoder,
            Mae = null,
            Segmentation = null,
            Classification = null,
            Regression = null,
            Classes = [],
            Targets = [],
            LabelOffset = null,
        };

    /// <summary>What makes the network's input of digital numbers.</summary>
    /// <param name="device">Where images will be.</param>
    public BandNormalization Normalization(TorchSharp.torch.Device device) => new(Mean, StandardDeviation, device, LabelOffset);

    /// <summary>The description of this model with another encoder.</summary>
    internal ModelDescription With(EncoderConfig encoder) => this with
    {
        Mae = Mae is null ? null : Mae with { Encoder = encoder },
        Segmentation = Segmentation is null ? null : Segmentation with { Encoder = encoder },
        Classification = Classification is null ? null : Classification with { Encoder = encoder },
        Regression = Regression is null ? null : Regression with { Encoder = encoder },
        EncoderOnly = EncoderOnly is null ? null : encoder,
    };

    /// <summary>The description of this model for other bands (<see cref="EncoderConfig.ForBands"/>).</summary>
    /// <param name="bands">1-based numbers of the bands, in channel order.</param>
    /// <param name="wavelengthsNm">Their centre wavelengths, nm.</param>
    /// <param name="mean">Their means, digital numbers.</param>
    /// <param name="standardDeviation">Their standard deviations, digital numbers.</param>
    public ModelDescription ForBands(IReadOnlyList<int> bands, IReadOnlyList<double> wavelengthsNm, IReadOnlyList<double> mean, IReadOnlyList<double> standardDeviation) =>
        With(Encoder.ForBands(wavelengthsNm)) with { Bands = bands, WavelengthsNm = wavelengthsNm, Mean = mean, StandardDeviation = standardDeviation };

    /// <summary>JSON text, one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Options);

    /// <summary>Reads JSON text and checks that it describes a possible model.</summary>
    /// <param name="json">Text.</param>
    /// <param name="source">File named in messages.</param>
    /// <exception cref="CheckpointException">The text is no description, of another version, or contradicts itself.</exception>
    public static ModelDescription FromJson(string json, string source)
    {
        try
        {
            var description = JsonSerializer.Deserialize<ModelDescription>(json, Options)
                ?? throw new JsonException("the text is null");
            return description.Checked();
        }
        catch (Exception error) when (error is JsonException or RecipeException or NotSupportedException)
        {
            throw new CheckpointException(
                $"{source}: metadata entry \"{MetadataKey}\" does not describe a model of this program: {error.Message} " +
                "Use a checkpoint of this version of spectralearth.", error);
        }
    }

    private ModelDescription Checked()
    {
        var rules = new RuleBook("The description of the model cannot be used:");
        rules.Require(FormatVersion == Version, $"format_version is {FormatVersion}; this program reads version {Version}.");
        (string Architecture, bool IsGiven)[] settings =
        [
            (MaeArchitecture, Mae is not null), (SegmentationArchitecture, Segmentation is not null), (ClassificationArchitecture, Classification is not null),
            (RegressionArchitecture, Regression is not null), (EncoderOnlyArchitecture, EncoderOnly is not null),
        ];
        rules.Require(settings.Any(known => known.Architecture == Architecture),
            $"architecture is \"{Architecture}\"; known are {string.Join(", ", settings.Select(known => $"\"{known.Architecture}\""))}.");
        rules.Require(settings.All(known => known.IsGiven == (known.Architecture == Architecture)),
            $"architecture \"{Architecture}\" needs its own settings and no other's.");
        _ = rules.Accept(this);
        Mae?.AddRules(rules);
        Segmentation?.AddRules(rules);
        Classification?.AddRules(rules);
        Regression?.AddRules(rules);
        EncoderOnly?.AddRules(rules);
        if (LabelOffset is not null)
            rules.Include("label_offset", LabelOffset);
        foreach (var (name, count) in new[]
        {
            ("bands", Bands.Count), ("wavelengths_nm", WavelengthsNm.Count),
            ("mean", Mean.Count), ("standard_deviation", StandardDeviation.Count),
        })
        {
            rules.Require(count == Encoder.Bands, $"{name} has {count} entries but the encoder takes {Encoder.Bands} bands.");
        }

        var classes = Segmentation?.Classes ?? Classification?.Classes ?? 0;
        rules.Require(Classes.Count == classes, $"classes has {Classes.Count} entries but the network gives {classes}.");
        rules.Require(Targets.Count == (Regression?.Targets ?? 0), $"targets has {Targets.Count} entries but the network gives {Regression?.Targets ?? 0}.");
        rules.Require(Encoder.WavelengthsNm is null || Encoder.WavelengthsNm.SequenceEqual(WavelengthsNm),
            "the encoder's wavelengths_nm are not those of the model's bands.");
        return rules.Accept(this);
    }
}
