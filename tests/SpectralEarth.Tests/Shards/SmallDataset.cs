using SpectralEarth.Randomness;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Shards;

/// <summary>Made-up patches of a few channels, with values that depend on seed, location and date only.</summary>
internal static class SmallDataset
{
    public const int Channels = 11;
    public const int Side = 16;

    public static DatasetManifest Manifest { get; } =
        TestDataset.Manifest([.. Enumerable.Range(0, Channels).Select(channel => 418.24 + (6 * channel))], Side);

    public static DatasetManifest Labelled { get; } = Manifest with
    {
        Classes = [new LabelClass(1, "roof", "#aa0000"), new LabelClass(2, "tree", "#00aa00")],
    };

    /// <summary>Patches on a square of locations, with some dates each; labels 0, 1, 2 where wanted.</summary>
    public static List<Patch> Patches(int side = 3, int dates = 2, bool labels = false, long seed = 7) =>
        [.. from row in Enumerable.Range(0, side)
            from column in Enumerable.Range(0, side)
            from date in Enumerable.Range(0, dates)
            select Patch(row, column, date, labels, seed)];

    public static Patch Patch(int row, int column, int date, bool labels = false, long seed = 7)
    {
        var random = new SeededRandom(seed, "small-dataset", row, column, date);
        var validity = new byte[Side * Side];
        for (var pixel = 0; pixel < validity.Length; pixel++)
            validity[pixel] = random.NextInt(8) == 0 ? (byte)0 : (byte)1;
        var pixels = new short[Channels * Side * Side];
        for (var sample = 0; sample < pixels.Length; sample++)
            pixels[sample] = validity[sample % validity.Length] == 0 ? short.MinValue : (short)((1000 * (sample / validity.Length)) + random.NextInt(500));
        var codes = Enumerable.Range(0, validity.Length).Select(_ => (byte)random.NextInt(3)).ToArray();
        return new Patch { Info = Info(row, column, date), Pixels = pixels, Validity = validity, Labels = labels ? codes : null };
    }

    public static PatchInfo Info(int row, int column, int date, int side = Side, int stride = Side)
    {
        var (top, left) = (140_000 + (row * stride), 12_000 + (column * stride));
        return new PatchInfo
        {
            LocationId = $"32633-{side}-r{top:D7}-c{left:D7}",
            SceneId = $"scene-{date}",
            Time = new DateTime(2022, 7, 24, 10, 45, 26, DateTimeKind.Utc).AddDays(30 * date),
            Epsg = 32633,
            Left = 15 + (30.0 * left),
            Top = 10_000_005 - (30.0 * top),
            PixelSizeM = 30,
            SceneColumn = column * stride,
            SceneRow = (row * stride) - 5,
            Arrangement = "A",
            Footprint = [(13 + (0.1 * column), 52.5 - (0.1 * row)), (13.1 + (0.1 * column), 52.5 - (0.1 * row)), (13.1 + (0.1 * column), 52.4 - (0.1 * row)), (13 + (0.1 * column), 52.4 - (0.1 * row))],
            NoDataFraction = 0.125,
            CloudFraction = 0.25,
            CloudShadowFraction = 0.5,
            HazeFraction = 0.75,
            CirrusFraction = 0.0625,
            SnowFraction = 0,
            WaterFraction = 1,
            DefectiveFraction = 0.03125,
            LowQualityFraction = 0.015625,
            LabelledFraction = 0.375,
            Shard = "",
            ShardRow = 0,
            Checksum = 0,
        };
    }
}
