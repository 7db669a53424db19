using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Benchmarks.Shards;

/// <summary>
/// How many MB of raw pixels a second are tiled from a scene of real size (1,200 x 1,200 pixels, 224 bands), against rasterio
/// with as many processes as we have threads, and against reading the file and writing the shards without doing anything else?
/// </summary>
internal static class TileSpeed
{
    private const int SizePx = 1200;
    private const int Cores = 2;
    private const int Rounds = 3;

    private static readonly (string Name, TiffEncoding Encoding)[] Forms =
    [
        ("uncompressed, pixel-interleaved strips", new() { RowsPerStrip = 1 }),
        ("LZW, pixel-interleaved tiles", new() { TileSize = 256, Compression = ImageCompression.Lzw, HasPredictor = true }),
        ("deflate, band-interleaved tiles", new() { TileSize = 256, IsPlanar = true, Compression = ImageCompression.Deflate, HasPredictor = true }),
    ];

    public static void Run()
    {
        Console.WriteLine("| scene | ours (MB/s) | rasterio (MB/s) | ratio | read and write alone (MB/s) | our share of that | peak memory (MB) |\n|---|---:|---:|---:|---:|---:|---:|");
        foreach (var (name, encoding) in Forms)
        {
            using var folder = new TemporaryFolder();
            SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = folder.File("in"), Scenes = 1, Dates = 1, SizePx = SizePx, Seed = 1, ImageEncoding = encoding });
            var image = Directory.GetFiles(folder.File("in"), "*SPECTRAL_IMAGE*", SearchOption.AllDirectories).Single();
            var (ours, theirs, limit) = (0.0, 0.0, 0.0);
            for (var round = 0; round < Rounds; round++)
            {
                ours = Math.Max(ours, Ours(folder, round));
                theirs = Math.Max(theirs, Rasterio.TileMegabytesPerSecond(image, folder.File($"theirs-{round}"), Cores));
                limit = Math.Max(limit, Limit(image, folder.File($"ours-{round}/shards"), folder.File("copy")));
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {ours:F0} | {theirs:F1} | {ours / theirs:F1} | {limit:F0} | {ours / limit:P0} | {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:F0} |"));
        }
    }

    private static double Megabytes => 2.0 * SizePx * SizePx * 202 / 1e6;

    private static double Ours(TemporaryFolder folder, int round)
    {
        var begun = Stopwatch.GetTimestamp();
        Tiler.Run(new TileOptions { Scenes = [folder.File("in")], Output = folder.File($"ours-{round}"), MaxNoData = 0, MaxShares = new Dictionary<PixelQuality, double>(), Threads = Cores });
        return Megabytes / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static double Limit(string image, string shards, string copy)
    {
        var written = Directory.GetFiles(shards).Select(File.ReadAllBytes).ToArray();
        var begun = Stopwatch.GetTimestamp();
        using (var input = new FileStream(image, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1))
        {
            var buffer = new byte[8 << 20];
            while (input.Read(buffer) > 0)
            {
            }
        }

        using (var output = new FileStream(copy, FileMode.Create))
        {
            foreach (var bytes in written)
                output.Write(bytes);
            output.Flush(flushToDisk: true);
        }

        return Megabytes / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }
}
