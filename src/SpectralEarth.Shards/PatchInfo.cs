namespace SpectralEarth.Shards;

/// <summary>One row of the catalog: a patch (a square window of one scene) without its pixels.</summary>
public sealed record PatchInfo
{
    /// <summary>Place on the global grid of the UTM zone, for example 32633-128-r0045360-c0000948; sorts by zone, row, column.</summary>
    public required string LocationId { get; init; }
    /// <summary>Product name of the scene.</summary>
    public required string SceneId { get; init; }
    /// <summary>Acquisition time, UTC; data sets keep whole milliseconds.</summary>
    public required DateTime Time { get; init; }
    /// <summary>What tells the dates of a location apart: the time, or, where that is unknown (1970-01-01), the scene.</summary>
    public (DateTime Time, string SceneId) Date => (Time, Time == DateTime.UnixEpoch ? SceneId : "");
    /// <summary>EPSG code of the map projection.</summary>
    public required int Epsg { get; init; }
    /// <summary>Easting of the left edge, m.</summary>
    public required double Left { get; init; }
    /// <summary>Northing of the top edge, m.</summary>
    public required double Top { get; init; }
    /// <summary>Side of a pixel, m.</summary>
    public required double PixelSizeM { get; init; }
    /// <summary>Column of the patch's first pixel in the scene; negative where the patch overhangs.</summary>
    public required int SceneColumn { get; init; }
    /// <summary>Row of the patch's first pixel in the scene; negative where the patch overhangs.</summary>
    public required int SceneRow { get; init; }
    /// <summary>Name of the sensor's channel arrangement in the scene, for example "A"; empty where the sensor has but one.</summary>
    public string Arrangement { get; init; } = "";
    /// <summary>Corners (longitude, latitude, degrees) from the upper left clockwise, EPSG:4326.</summary>
    public required IReadOnlyList<(double Longitude, double Latitude)> Footprint { get; init; }
    /// <summary>Share of pixels without data or ground, 0 to 1; pixels masked for their quality are not among them.</summary>
    public required double NoDataFraction { get; init; }
    /// <summary>Share of cloud among valid pixels, 0 to 1.</summary>
    public required double CloudFraction { get; init; }
    /// <summary>Share of cloud shadow among valid pixels, 0 to 1.</summary>
    public required double CloudShadowFraction { get; init; }
    /// <summary>Share of haze among valid pixels, 0 to 1.</summary>
    public required double HazeFraction { get; init; }
    /// <summary>Share of cirrus (thin or thicker) among valid pixels, 0 to 1.</summary>
    public required double CirrusFraction { get; init; }
    /// <summary>Share of snow among valid pixels, 0 to 1.</summary>
    public required double SnowFraction { get; init; }
    /// <summary>Share of water among valid pixels, 0 to 1.</summary>
    public required double WaterFraction { get; init; }
    /// <summary>Share of pixels that are defective in some channel among valid pixels, 0 to 1.</summary>
    public required double DefectiveFraction { get; init; }
    /// <summary>Share of pixels of low overall quality among valid pixels, 0 to 1.</summary>
    public required double LowQualityFraction { get; init; }
    /// <summary>Share of pixels with a label, 0 to 1; 0 in data sets without labels.</summary>
    public required double LabelledFraction { get; init; }
    /// <summary>Measured numbers that a regression predicts, in the order of the manifest; empty in data sets without.</summary>
    public IReadOnlyList<PatchTarget> Targets { get; init; } = [];
    /// <summary>File name of the shard that holds the pixels, in the folder shards.</summary>
    public required string Shard { get; init; }
    /// <summary>0-based row in that shard.</summary>
    public required int ShardRow { get; init; }
    /// <summary>XXH3 of the decoded pixels (little-endian int16), the validity bits as stored and the labels, in this order.</summary>
    public required ulong Checksum { get; init; }
    /// <summary>Where the shard holds the patch; set by the writer.</summary>
    public PatchBytes Bytes { get; init; }
}

/// <summary>Byte positions of a patch in its shard, so that one patch is read without touching its neighbours.</summary>
/// <param name="Pixels">Offset of the encoded pixels.</param>
/// <param name="PixelsLength">Length of the encoded pixels.</param>
/// <param name="Validity">Offset of the validity bits.</param>
/// <param name="Labels">Offset of the labels; -1 without labels.</param>
public readonly record struct PatchBytes(long Pixels, int PixelsLength, long Validity, long Labels);

/// <summary>A measured number of a patch.</summary>
/// <param name="Name">Name, for example "pH".</param>
/// <param name="Value">Value; finite.</param>
public readonly record struct PatchTarget(string Name, double Value);
