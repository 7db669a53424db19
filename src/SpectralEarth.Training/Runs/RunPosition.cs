using System.Text.Json;
using SpectralEarth.Checkpoints;

namespace SpectralEarth.Training.Runs;

/// <summary>Where a run stands; stored as JSON in the metadata of its checkpoints.</summary>
internal sealed record RunPosition
{
    public const string MetadataKey = "spectralearth.run";

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Version of this record.</summary>
    public int FormatVersion { get; init; } = 1;
    /// <summary>Steps done, skipped ones included.</summary>
    public required long Step { get; init; }
    /// <summary>Updates done by the optimizer.</summary>
    public required long Updates { get; init; }
    /// <summary>What the guard against divergence has seen.</summary>
    public DivergenceState Divergence { get; init; } = new();
    /// <summary>Layout of the flat buffers.</summary>
    public required string Layout { get; init; }
    /// <summary>Fingerprint of the data set.</summary>
    public required string DataFingerprint { get; init; }
    /// <summary>What the trainee noted.</summary>
    public string Notes { get; init; } = "";

    public string ToJson() => JsonSerializer.Serialize(this, Options);

    public static RunPosition FromMetadata(SafeTensorsFile file)
    {
        if (!file.Metadata.TryGetValue(MetadataKey, out var json))
            throw new CheckpointException($"{file.Path}: there is no metadata entry \"{MetadataKey}\". This is not a checkpoint that training can go on from.");
        try
        {
            var position = JsonSerializer.Deserialize<RunPosition>(json, Options) ?? throw new JsonException("the text is null");
            return position.FormatVersion == 1
                ? position
                : throw new JsonException($"format_version is {position.FormatVersion}; this program reads version 1");
        }
        catch (JsonException error)
        {
            throw new CheckpointException($"{file.Path}: metadata entry \"{MetadataKey}\" cannot be read: {error.Message}", error);
        }
    }

    public void ThrowUnlessFits(string path, string layout, string dataFingerprint)
    {
        if (DataFingerprint != dataFingerprint)
            throw new CheckpointException($"{path}: made from data set {DataFingerprint}, but this run reads {dataFingerprint}. Use the data set it was made from.");
        if (Layout != layout)
            throw new CheckpointException($"{path}: its parameters are laid out as {Layout}, but the recipe's as {layout}. The file is from a run with another recipe.");
    }
}
