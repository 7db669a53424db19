namespace SpectralEarth.Shards.Codecs;

/// <summary>The codecs that shards may name.</summary>
public static class PatchCodecs
{
    private static readonly IPatchCodec[] All = [new RawCodec(), new SpectralRiceCodec()];

    /// <summary>The codec used unless another is asked for.</summary>
    public const string Default = SpectralRiceCodec.CodecName;

    /// <summary>Names of all codecs.</summary>
    public static IReadOnlyList<string> Names => [.. All.Select(codec => codec.Name)];

    /// <summary>The codec called <paramref name="name"/>.</summary>
    /// <exception cref="DatasetException">There is no such codec.</exception>
    public static IPatchCodec Named(string name) => Array.Find(All, codec => codec.Name == name)
        ?? throw new DatasetException($"Codec '{name}' is unknown; this program has {string.Join(", ", Names)}.");
}
