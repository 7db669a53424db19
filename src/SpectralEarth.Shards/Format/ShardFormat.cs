using System.Globalization;
using SpectralEarth.Shards.Codecs;

namespace SpectralEarth.Shards.Format;

/// <summary>What all rows of a shard have in common; stored as key-value metadata of the Parquet file.</summary>
public sealed record ShardFormat
{
    /// <summary>Format name.</summary>
    public const string Name = "spectralearth-shard";
    /// <summary>Version that this program reads and writes.</summary>
    public const int Version = 1;

    /// <summary>Codec of the pixels.</summary>
    public required string Codec { get; init; }
    /// <summary>1-based numbers of the bands, in channel order.</summary>
    public required IReadOnlyList<int> Bands { get; init; }
    /// <summary>Side of a patch, pixels.</summary>
    public required int PatchSize { get; init; }
    /// <summary>Digital number of pixels without data.</summary>
    public required short NoData { get; init; }

    /// <summary>Channels C.</summary>
    public int Channels => Bands.Count;
    /// <summary>Pixels of a channel, H x W.</summary>
    public int PixelCount => PatchSize * PatchSize;
    /// <summary>Samples of a patch, C x H x W.</summary>
    public int SampleCount => Channels * PixelCount;

    /// <summary>The format of a data set's shards.</summary>
    public static ShardFormat Of(DatasetManifest manifest) => new()
    {
        Codec = manifest.Codec,
        Bands = manifest.Bands,
        PatchSize = manifest.PatchSize,
        NoData = manifest.NoData,
    };

    internal Dictionary<string, string> ToMetadata() => new()
    {
        ["format"] = Name,
        ["format_version"] = Version.ToString(CultureInfo.InvariantCulture),
        ["codec"] = Codec,
        ["bands"] = string.Join(',', Bands),
        ["shape"] = string.Create(CultureInfo.InvariantCulture, $"{Channels},{PatchSize},{PatchSize}"),
        ["no_data"] = NoData.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Refuses a shard whose metadata is not this format.</summary>
    /// <exception cref="DatasetException">Names the first entry that differs.</exception>
    internal void Check(IReadOnlyDictionary<string, string> metadata, string path)
    {
        ParquetFile.RequireFormat(metadata, path, Name, Version);
        foreach (var (key, expected) in ToMetadata())
            if (metadata.GetValueOrDefault(key, "missing") is var found && found != expected)
                throw new DatasetException($"{path}: {key} is {found}, but dataset.yaml says {expected}. The shard belongs to another data set.");
    }

    /// <summary>The codec, ready to use.</summary>
    internal IPatchCodec OpenCodec() => PatchCodecs.Named(Codec);
}
