using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SpectralEarth.Models;
using SpectralEarth.Recipes;

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

    /// <summary>Value of <see cref="Architecture"/> for an <see cref="Models.Encoder"/> without the parts that an objective or task adds.</summary>
    public const string EncoderOnlyArchitecture = "encoder";

    /// <summary>Version that is written. Version 1 called <see cref="EncoderOnlyArchitecture"/> "vit".</summary>
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

    /// <summary>Version of this record; a reader refuses newer ones.</summary>
    public int FormatVersion { get; init; } = Version;

    /// <summary>"mae", "segmentation" or "encoder".</summary>
    public required string Architecture { get; init; }

    /// <summary>Shape of a masked autoencoder; only for "mae".</summary>
    public MaeConfig? Mae { get; init; }

    /// <summary>Shape of a segmentation network; only for "segmentation".</summary>
    public SegmentationConfig? Segmentation { get; init; }

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

    /// <summary>Digital number of pixels without data.</summary>
    public required short NoData { get; init; }

    /// <summary>Side of a pixel, m.</summary>
    public required double PixelSizeM { get; init; }

    /// <summary>Classes in the order of the logits; empty for "mae" and "encoder".</summary>
    public IReadOnlyList<ModelClass> Classes { get; init; } = [];

    /// <summary>Where the weights come from.</summary>
    public required Provenance Provenance { get; init; }

    /// <summary>Shape of the encoder.</summary>
    [JsonIgnore]
    public EncoderConfig Encoder => EncoderOnly ?? Mae?.Encoder ?? Segmentation!.Encoder;

    /// <summary>The description of this model's encoder alone.</summary>
    public ModelDescription OfEncoder() =>
        this with { Architecture = EncoderOnlyArchitecture, EncoderOnly = Encoder, Mae = null, Segmentation = null, Classes = [] };

    /// <summary>JSON text, one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Options);

    /// <summary>Reads JSON text and checks that it describes a possible model.</summary>
    /// <param name="json">Text.</param>
    /// <param name="source">File named in messages.</param>
    /// <exception cref="CheckpointException">The text is no description, of a newer version, or contradicts itself.</exception>
    public static ModelDescription FromJson(string json, string source)
    {
        try
        {
            var description = Upgraded(JsonNode.Parse(json)).Deserialize<ModelDescription>(Options)
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

    /// <summary>A text of version 1 in the words of the present one.</summary>
    private static JsonNode? Upgraded(JsonNode? text)
    {
        if (text is not JsonObject description || description["format_version"] is not JsonValue version || !version.TryGetValue(out int number) || number != 1)
            return text;
        description["format_version"] = Version;
        if (description["architecture"]?.ToString() == "vit")
            description["architecture"] = EncoderOnlyArchitecture;
        if (description.Remove("vit", out var shape))
            description["encoder"] = shape;
        return description;
    }

    private ModelDescription Checked()
    {
        var rules = new RuleBook();
        rules.Require(FormatVersion == Version, $"format_version is {FormatVersion}; this program reads versions 1 and {Version}.");
        rules.Require(Architecture is MaeArchitecture or SegmentationArchitecture or EncoderOnlyArchitecture,
            $"architecture is \"{Architecture}\"; known are \"{MaeArchitecture}\", \"{SegmentationArchitecture}\" and \"{EncoderOnlyArchitecture}\".");
        rules.Require((Mae is not null) == (Architecture == MaeArchitecture)
            && (Segmentation is not null) == (Architecture == SegmentationArchitecture)
            && (EncoderOnly is not null) == (Architecture == EncoderOnlyArchitecture),
            $"architecture \"{Architecture}\" needs its own settings and no other's.");
        _ = rules.Accept(this);
        Mae?.Check(rules);
        Segmentation?.Check(rules);
        EncoderOnly?.Check(rules);
        foreach (var (name, count) in new[]
        {
            ("bands", Bands.Count), ("wavelengths_nm", WavelengthsNm.Count),
            ("mean", Mean.Count), ("standard_deviation", StandardDeviation.Count),
        })
        {
            rules.Require(count == Encoder.Bands, $"{name} has {count} entries but the encoder takes {Encoder.Bands} bands.");
        }

        rules.Require(Segmentation is null || Classes.Count == Segmentation.Classes,
            $"classes has {Classes.Count} entries but the decoder gives {Segmentation?.Classes}.");
        return rules.Accept(this);
    }
}

/// <summary>A class that a model can name.</summary>
/// <param name="Code">Code in maps and label rasters, 1 to 255.</param>
/// <param name="Name">Name shown to people.</param>
/// <param name="Color">Colour in maps, "#rrggbb".</param>
public sealed record ModelClass(int Code, string Name, string Color);

/// <summary>Where weights come from.</summary>
/// <param name="ProgramVersion">Version of the program that trained them.</param>
/// <param name="Recipe">Name of the recipe.</param>
/// <param name="DataFingerprint">Fingerprint of the data set.</param>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="ImportedFrom">File name and checksum of weights that other programs wrote; null for our own.</param>
public sealed record Provenance(string ProgramVersion, string Recipe, string DataFingerprint, long Step, string? ImportedFrom = null);
