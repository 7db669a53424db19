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
/// How many 128-pixel patches of 202 bands does one thread load in random order, against one process of rasterio on the GeoTIFF
/// patches that the peer wrote of the same scene, and as a share of the speed of copying memory?
/// </summary>
internal static class LoadSpeed
{
    private const int Patches = 240;
    private const int Rounds = 3;

    public static void Run()
    {
        using var folder = new TemporaryFolder();
        SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = folder.File("in"), Scenes = 1, Dates = 1, SizePx = 1200, Seed = 1 });
        var image = Directory.GetFiles(folder.File("in"), "*SPECTRAL_IMAGE*", SearchOption.AllDirectories).Single();
        Rasterio.Tile(image, folder.File("geotiff"), processes: 2);
        string[] codecs = ["raw", "spectral-rice"];
        var datasets = codecs.Select(codec =>
        {
            Tiler.Run(new TileOptions { Scenes = [folder.File("in")], Output = folder.File(codec), MaxNoData = 0, MaxShares = new Dictionary<PixelQuality, double>(), Codec = codec });
            return Dataset.Open(folder.File(codec));
        }).ToArray();

        var (theirs, copy, ours) = (0.0, 0.0, new double[codecs.Length]);
        for (var round = 0; round < Rounds; round++)
        {
            theirs = Math.Max(theirs, Rasterio.LoadPatchesPerSecond(folder.File("geotiff"), Patches));
            copy = Math.Max(copy, Copy(datasets[0]));
            for (var codec = 0; codec < codecs.Length; codec++)
                ours[codec] = Math.Max(ours[codec], Load(datasets[codec]));
        }

        Console.WriteLine("| reader | patches/s | ratio | share of copying memory |\n|---|---:|---:|---:|");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| rasterio, GeoTIFF deflate | {theirs:F1} | 1 | {theirs / copy:P1} |"));
        for (var codec = 0; codec < codecs.Length; codec++)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| shards, {codecs[codec]} | {ours[codec]:F0} | {ours[codec] / theirs:F1} | {ours[codec] / copy:P0} |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| copying memory | {copy:F0} | {copy / theirs:F1} | 100 % |"));
    }

    private static double Load(Dataset dataset)
    {
        var random = new SeededRandom(1, "load-speed");
        var order = new int[Patches];
        for (var i = 0; i < order.Length; i++)
            order[i] = random.NextInt(dataset.Catalog.Count);
        var begun = Stopwatch.GetTimestamp();
        using var loader = new PatchLoader(dataset, order.Chunk(4), threads: 1);
        while (loader.Next() is { } batch)
            batch.Dispose();
        return Patches / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static double Copy(Dataset dataset)
    {
        var pixels = Enumerable.Range(0, dataset.Catalog.Count).Select(index => dataset.Read(index).Pixels).ToArray();
        var batch = new short[4 * pixels[0].Length];
        var begun = Stopwatch.GetTimestamp();
        for (var patch = 0; patch < Patches; patch++)
            pixels[patch * 7 % pixels.Length].CopyTo(batch, patch % 4 * pixels[0].Length);
        return Patches / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }
}
