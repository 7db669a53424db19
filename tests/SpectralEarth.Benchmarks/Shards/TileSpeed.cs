using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Testing;

namespace SpectralEarth.Benchmarks.Shards;

/// <summary>
/// How many MB of raw pixels a second does the program tile from scenes of real size (1,200 x 1,200 pixels, 224 bands), against
/// rasterio with as many processes as we have threads, and against reading the files and writing the shards without doing
/// anything else? Times are those of whole processes, from start to end, with the scenes in the page cache. TILE_FORM=0 to 3
/// measures one form only, TILE_SCENES changes the number of scenes.
/// </summary>
internal static class TileSpeed
{
    private const int SizePx = 1200;
    private static readonly int Scenes = int.Parse(Environment.GetEnvironmentVariable("TILE_SCENES") ?? "4", CultureInfo.InvariantCulture);
    private const int Cores = 2;
    private const int Rounds = 2;

    private static readonly (string Name, TiffEncoding Encoding, bool HasMargin)[] Forms =
    [
        ("uncompressed, pixel-interleaved strips", new() { RowsPerStrip = 1 }, true),
        ("LZW, pixel-interleaved tiles", new() { TileSize = 256, Compression = TiffCompression.Lzw, HasPredictor = true }, true),
        ("deflate, band-interleaved tiles", new() { TileSize = 256, IsPlanar = true, Compression = TiffCompression.Deflate, HasPredictor = true }, true),
        ("uncompressed, pixel-interleaved strips, no no-data at all", new() { RowsPerStrip = 1 }, false),
    ];

    private static double Megabytes => 2.0 * SizePx * SizePx * 202 * Scenes / 1e6;

    public static void Run()
    {
        Console.WriteLine("| scenes | ours (MB/s) | rasterio (MB/s) | ratio | read and write alone (MB/s) | our share of that |\n|---|---:|---:|---:|---:|---:|");
        var form = Environment.GetEnvironmentVariable("TILE_FORM");
        foreach (var (name, encoding, hasMargin) in form is null ? Forms : [Forms[int.Parse(form, CultureInfo.InvariantCulture)]])
        {
            using var folder = new TemporaryFolder();
            SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = folder.File("in"), Scenes = Scenes, Dates = 1, SizePx = SizePx, Seed = 1, HasMargin = hasMargin, ImageEncoding = encoding });
            var images = Directory.GetFiles(folder.File("in"), "*SPECTRAL_IMAGE*", SearchOption.AllDirectories);
            var (ours, theirs, limit) = (0.0, 0.0, 0.0);
            for (var round = 0; round < Rounds; round++)
            {
                ours = Math.Max(ours, Megabytes / Seconds(() => Tile(folder.File("in"), folder.File($"ours-{round}"))));
                theirs = Math.Max(theirs, Megabytes / Seconds(() => Array.ForEach(images, image => Rasterio.Tile(image, folder.File($"theirs-{round}"), Cores))));
                var shards = Directory.GetFiles(folder.File($"ours-{round}/shards")).Select(File.ReadAllBytes).ToArray();
                limit = Math.Max(limit, Megabytes / Seconds(() => ReadAndWrite(images, shards, folder.File("copy"))));
                Directory.Delete(folder.File($"theirs-{round}"), recursive: true);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {ours:F0} | {theirs:F0} | {ours / theirs:F1} | {limit:F0} | {ours / limit:P0} |"));
        }
    }

    private static double Seconds(Action act)
    {
        var begun = Stopwatch.GetTimestamp();
        act();
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static void Tile(string scenes, string output)
    {
        var program = Path.Combine(Repository.Root, "scripts", "spectralearth");
        using var process = Process.Start(program, ["tile", scenes, "--quiet", "--max-nodata", "0", "--threads", $"{Cores}", "--out", output]);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} tile ended with {process.ExitCode}. Build the solution first.");
    }

    private static void ReadAndWrite(string[] images, byte[][] shards, string copy)
    {
        var buffer = new byte[8 << 20];
        foreach (var image in images)
        {
            using var input = new FileStream(image, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            while (input.Read(buffer) > 0)
            {
            }
        }

        using var output = new FileStream(copy, FileMode.Create);
        foreach (var bytes in shards)
            output.Write(bytes);
        output.Flush(flushToDisk: true);
    }
}
