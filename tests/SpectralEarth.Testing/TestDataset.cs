using SpectralEarth.Shards;
using SpectralEarth.Shards.Codecs;
using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;

namespace SpectralEarth.Testing;

/// <summary>Writes data sets of patches in memory.</summary>
public static class TestDataset
{
    /// <summary>Row of the scenes' first pixels on the grid of locations.</summary>
    private const int FirstRow = 45_360;

    /// <summary>What is known of a patch at its place in the only scene, in UTM zone 33; without labels.</summary>
    /// <param name="size">Side, pixels.</param>
    /// <param name="top">Row of the first pixel in the scene.</param>
    /// <param name="left">Column of the first pixel in the scene.</param>
    public static PatchInfo Info(int size, int top, int left) => new()
    {
        LocationId = $"32633-{size:D3}-r{top + FirstRow:D7}-c{left:D7}",
        SceneId = "SYNTHETIC",
        Time = new DateTime(2024, 6, 1, 10, 0, 0, DateTimeKind.Utc),
        Epsg = 32633,
        Left = 15 + (left * 30),
        Top = 10_000_005 - ((FirstRow + top) * 30),
        PixelSizeM = 30,
        SceneColumn = left,
        SceneRow = top,
        Footprint = [(13, 52), (13.1, 52), (13.1, 51.9), (13, 51.9)],
        NoDataFraction = 0,
        CloudFraction = 0,
        CloudShadowFraction = 0,
        HazeFraction = 0,
        CirrusFraction = 0,
        SnowFraction = 0,
        WaterFraction = 0,
        DefectiveFraction = 0.03125,
        LowQualityFraction = 0.015625,
        LabelledFraction = 0,
        Shard = "",
        ShardRow = 0,
        Checksum = 0,
    };

    /// <summary>What patches side by side have in common: bands from 1 on, no labels.</summary>
    /// <param name="wavelengthsNm">Centre wavelengths of the channels, nm.</param>
    /// <param name="side">Side of a patch, pixels.</param>
    public static DatasetManifest Manifest(IReadOnlyList<double> wavelengthsNm, int side) => new()
    {
        Sensor = "EnMAP",
        Bands = [.. Enumerable.Range(1, wavelengthsNm.Count)],
        WavelengthsNm = wavelengthsNm,
        PatchSize = side,
        Stride = side,
        PixelSizeM = 30,
        Scale = 0.0001,
        NoData = short.MinValue,
        Patches = 0,
        Codec = PatchCodecs.Default,
        Statistics = [],
        Fingerprint = "",
    };

    /// <summary>Encodes and writes patches in any order. Shard, row and checksum of their <see cref="PatchInfo"/> are replaced.</summary>
    public static Dataset Write(string folder, DatasetManifest manifest, IEnumerable<Patch> patches, int patchesPerShard = 5)
    {
        var codec = PatchCodecs.Named(manifest.Codec);
        var statistics = new SpectralStatistics(manifest.Bands.Count, manifest.NoData);
        var encoded = new Dictionary<PatchInfo, EncodedPatch>(ReferenceEqualityComparer.Instance);
        byte[] scratch = [];
        foreach (var patch in patches)
        {
            var bytes = EncodedPatch.Encode(codec, patch.Pixels, patch.Validity, patch.Labels, ref scratch);
            encoded.Add(patch.Info with { Checksum = bytes.Checksum }, bytes);
            statistics.Add(patch.Pixels, patch.Validity);
        }

        var parts = new DatasetParts
        {
            Manifest = manifest,
            PatchesPerShard = patchesPerShard,
            Patches = [.. encoded.Keys],
            Fetch = info => encoded[info],
            Statistics = statistics,
        };
        DatasetWriter.Assemble(folder, parts, progress: null, CancellationToken.None);
        return Dataset.Open(folder);
    }
}
