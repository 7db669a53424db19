using SpectralEarth.Randomness;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Training;

/// <summary>A real data set on disk, small enough to train on in a test: smooth spectra in smooth fields.</summary>
internal static class TinyDataset
{
    public const int Bands = 76, PatchSize = 8;

    public static string Write(string folder, int patches = 10, int bands = Bands, long seed = 1, int size = PatchSize, int dates = 1, params string[] arrangements)
    {
        var manifest = TestDataset.Manifest([.. Enumerable.Range(0, bands).Select(channel => 420 + (6.5 * channel))], size) with
        {
            Classes = [new LabelClass(1, "water", "#0000ff")],
        };
        TestDataset.Write(folder, manifest, Enumerable.Range(0, patches).Select(number => Draw(number, bands, size, seed, dates, arrangements)), patchesPerShard: 256);
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

        var info = TestDataset.Info(size, top: 0, left: number / dates * size);
        info = info with
        {
            Time = info.Time.AddMonths(number % dates),
            NoDataFraction = number % 4 == 3 ? 1.0 / size : 0,
            Arrangement = arrangements.Length == 0 ? "" : arrangements[number % arrangements.Length],
        };
        return new Patch { Info = info, Pixels = pixels, Validity = validity, Labels = new byte[size * size] };
    }
}
