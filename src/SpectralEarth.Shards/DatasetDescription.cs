using SpectralEarth.Shards.Codecs;

namespace SpectralEarth.Shards;

/// <summary>What must be said about a data set before its first patch is written.</summary>
public sealed record DatasetDescription
{
    /// <summary>Sensor name, for example "EnMAP".</summary>
    public required string Sensor { get; init; }
    /// <summary>1-based numbers of the bands kept, in channel order.</summary>
    public required IReadOnlyList<int> Bands { get; init; }
    /// <summary>Centre wavelengths of the first scene, nm, in channel order.</summary>
    public required IReadOnlyList<double> WavelengthsNm { get; init; }
    /// <summary>Side of a patch, pixels.</summary>
    public required int PatchSize { get; init; }
    /// <summary>Distance of neighbouring locations, pixels.</summary>
    public required int Stride { get; init; }
    /// <summary>Side of a pixel, m.</summary>
    public required double PixelSizeM { get; init; }
    /// <summary>Reflectance = digital number x Scale.</summary>
    public required double Scale { get; init; }
    /// <summary>Digital number of pixels without data.</summary>
    public required short NoData { get; init; }
    /// <summary>Codec of the pixels.</summary>
    public string Codec { get; init; } = PatchCodecs.Default;
    /// <summary>Label classes in ascending order of code; empty without labels.</summary>
    public IReadOnlyList<LabelClass> Classes { get; init; } = [];
    /// <summary>True if a pixel of code 0 has none of the classes; false if it may just be unlabelled.</summary>
    public bool LabelsComplete { get; init; }
    /// <summary>Patches of a full shard.</summary>
    public int PatchesPerShard { get; init; } = 256;
}
