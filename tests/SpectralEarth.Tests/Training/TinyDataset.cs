using SpectralEarth.Randomness;
using SpectralEarth.Shards;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Training;

/// <summary>A real data set on disk, small enough to train on in a test: smooth spectra in smooth fields.</summary>
internal static class TinyDataset
{
    public const int Bands = 76, PatchSize = 8;

    public static string Write(string folder, int patches = 10, int bands = Bands, long seed = 1, int size = PatchSize, int dates = 1, params string[] arrangements)
    {
        var description = new DatasetDescription
        {
            Sensor = "EnMAP",
            Bands = [.. Enumerable.Range(1, bands)],
            WavelengthsNm = [.. Enumerable.Range(0, bands).Select(channel => 420 + (6.5 * channel))],
            PatchSize = size,
            Stride = size,
            PixelSizeM = 30,
            Scale = 0.0001,
            NoData = short.MinValue,
            Classes = [new LabelClass { Code = 1, Name = "water", Color = "#0000ff" }],
        };
        TestDataset.Write(folder, description, Enumerable.Range(0, patches).Select(number => Draw(number, bands, size, seed, dates, arrangements)));
        return folder;
    }

    private static Patch Draw(int number, int bands, int size, long seed, int dates, string[] arrangements)
    {
        var random = new SeededRandom(seed, "tiny-patch", number);
        var (level, slope, tilt) = (1000 + random.NextInt(1500), random.NextDouble() * 20, random.NextDouble() * 60);
        var pixels = new short[bands * size * size];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (channel, row, column) = (i / (size * size), i / size % size, i % size);
            pixels[i] = (short)(level + (slope * channel) + (tilt * (row - column)) + (20 * random.NextNormal()));
        }

        var validity = Enumerable.Repeat((byte)1, size * size).ToArray();
        if (number % 4 == 3)
        {
            for (var pixel = 0; pixel < size; pixel++)
            {
                validity[pixel] = 0;
                for (var channel = 0; channel < bands; channel++)
                    pixels[(channel * size * size) + pixel] = short.MinValue;
            }
        }

        var info = Info(number / dates, number % dates, size) with { NoDataFraction = number % 4 == 3 ? 1.0 / size : 0 };
        return new Patch { Info = info with { Arrangement = arrangements.Length == 0 ? "" : arrangements[number % arrangements.Length] }, Pixels = pixels, Validity = validity, Labels = new byte[size * size] };
    }

    private static PatchInfo Info(int number, int date, int size) => new()
    {
        LocationId = $"32633-{size:D3}-r0045360-c{number * size:D7}",
        SceneId = "SYNTHETIC",
        Time = new DateTime(2024, 6, 1, 10, 0, 0, DateTimeKind.Utc).AddMonths(date),
        Epsg = 32633,
        Left = 15 + (number * size * 30),
        Top = 5_000_025,
        PixelSizeM = 30,
        SceneColumn = number * size,
        SceneRow = 0,
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
}
