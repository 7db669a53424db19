using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Randomness;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Benchmarks.Shards;

/// <summary>
/// How many MB of raw pixels a second are tiled into shards (uncompressed strips, tiles with deflate), and how many 128 px
/// patches a second are loaded in random order by one thread, for both codecs?
/// </summary>
internal static class TileAndLoad
{
    private const int SizePx = 640;

    public static void Run()
    {
        Console.WriteLine("| scene | codec | tile MB/s | peak MB | load patches/s | load MB/s |\n|---|---|---|---|---|---|");
        using var folder = new TemporaryFolder();
        TiffEncoding[] encodings = [new() { RowsPerStrip = 4 }, new() { TileSize = 256, IsPlanar = true, Compression = ImageCompression.Deflate, HasPredictor = true }];
        foreach (var encoding in encodings)
        {
            var input = folder.File($"in-{encoding.Compression}");
            SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = input, Scenes = 1, Dates = 2, SizePx = SizePx, Seed = 1, ImageEncoding = encoding });
            foreach (var codec in new[] { "raw", "spectral-rice" })
                Row(input, folder.File($"out-{encoding.Compression}-{codec}"), $"{encoding.Compression}, {(encoding.IsPlanar ? "planar tiles" : "pixel strips")}", codec);
        }
    }

    private static void Row(string input, string output, string scene, string codec)
    {
        var report = Tiler.Run(new TileOptions { Scenes = [input], Output = output, MaxNoData = 1, MaxShares = new Dictionary<PixelQuality, double>(), Codec = codec });
        var tiled = 2.0 * SizePx * SizePx * 224 * sizeof(short) / report.Seconds / 1e6;
        var dataset = Dataset.Open(output);
        var order = new int[Math.Max(64, dataset.Catalog.Count)];
        var random = new SeededRandom(1, "tile-and-load");
        for (var i = 0; i < order.Length; i++)
            order[i] = random.NextInt(dataset.Catalog.Count);
        var best = double.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var begun = Stopwatch.GetTimestamp();
            using var loader = new PatchLoader(dataset, order.Chunk(4), threads: 1);
            while (loader.Next() is { } batch)
                batch.Dispose();
            best = Math.Min(best, Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }

        var bytes = (double)order.Length * dataset.Manifest.Bands.Count * 128 * 128 * sizeof(short);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {scene} | {codec} | {tiled:F0} | {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:F0} | {order.Length / best:F0} | {bytes / best / 1e6:F0} |"));
    }
}
