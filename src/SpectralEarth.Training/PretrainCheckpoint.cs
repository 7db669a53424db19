using System.Text.Json;
using SpectralEarth.Checkpoints;
using static TorchSharp.torch;

namespace SpectralEarth.Training;

/// <summary>
/// A pretraining checkpoint: one safetensors file with the network (<c>model.*</c>, BatchNorm statistics included), the
/// optimizer's moments (flat), the description that other verbs need, and the position of the run.
/// </summary>
internal static class PretrainCheckpoint
{
    private const string ModelPrefix = "model.", FirstMoment = "optimizer.first_moment", SecondMoment = "optimizer.second_moment";

    /// <summary>Writes all that the run needs to go on.</summary>
    /// <exception cref="IOException">The disk is full or read-only; there is no file or the previous one.</exception>
    public static void Write(string path, Pretrainer pretrainer, ModelDescription description, RunPosition position)
    {
        using var scope = NewDisposeScope();
        var tensors = pretrainer.Network.state_dict().ToDictionary(item => ModelPrefix + item.Key, item => item.Value);
        tensors[FirstMoment] = pretrainer.Optimizer.FirstMoment;
        tensors[SecondMoment] = pretrainer.Optimizer.SecondMoment;
        SafeTensorsFile.Write(path, tensors, new Dictionary<string, string>
        {
            [ModelDescription.MetadataKey] = description.ToJson(),
            [RunPosition.MetadataKey] = position.ToJson(),
        });
    }

    /// <summary>What is wrong with the bytes of a file: header, sizes, checksum; null if it is whole.</summary>
    public static CheckpointException? Damage(string path)
    {
        try
        {
            using var file = SafeTensorsFile.Open(path);
            file.VerifyChecksum();
            return null;
        }
        catch (CheckpointException error)
        {
            return error;
        }
    }

    /// <summary>Puts a checkpoint that is whole into <paramref name="pretrainer"/>.</summary>
    /// <param name="path">File to read.</param>
    /// <param name="pretrainer">Network and optimizer of the same recipe.</param>
    /// <param name="dataFingerprint">Fingerprint of the data set of this run.</param>
    /// <exception cref="CheckpointException">The file is of another network, layout or data set; nothing was changed.</exception>
    public static RunPosition Read(string path, Pretrainer pretrainer, string dataFingerprint)
    {
        using var file = SafeTensorsFile.Open(path);
        var position = RunPosition.FromMetadata(file);
        position.ThrowUnlessFits(path, pretrainer.Parameters.Layout, dataFingerprint);
        using var scope = NewDisposeScope();
        var (first, second) = (file.Read(FirstMoment), file.Read(SecondMoment));
        WeightLoader.Load(pretrainer.Network, file, ModelPrefix);
        pretrainer.Optimizer.Restore(position.Updates, first, second);
        return position;
    }
}

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
    /// <summary>Steps in a row, up to this one, that were not finite.</summary>
    public required int NonFiniteSteps { get; init; }
    /// <summary>Layout of the flat buffers.</summary>
    public required string Layout { get; init; }
    /// <summary>Fingerprint of the data set.</summary>
    public required string DataFingerprint { get; init; }

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
