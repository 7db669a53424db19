using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using BitMiracle.LibTiff.Classic;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Tiff;
using SpectralEarth.Testing;

namespace SpectralEarth.Benchmarks.Scenes;

/// <summary>
/// How fast is the whole real scene (160 x 160 x 224, pixel-interleaved strips, deflate, predictor 2) read into [C, H, W],
/// against plain LibTiff.NET and a loop?
/// </summary>
[MemoryDiagnoser]
public class WindowDecoding
{
    private const int Side = 160, Bands = 224;

    private readonly int[] numbers = [.. Enumerable.Range(1, Bands)];
    private readonly short[] pixels = new short[Bands * Side * Side];
    private string path = "";

    /// <summary>Finds the scene and keeps LibTiff.NET's warnings from the console, which would slow it.</summary>
    [GlobalSetup]
    public void FindScene()
    {
        LibTiffMessages.Clear();
        path = Directory.GetFiles(SharedData.PotsdamScene(), "*SPECTRAL_IMAGE.TIF").Single();
    }

    /// <summary>Scanlines through LibTiff.NET, samples put to their bands one by one.</summary>
    [Benchmark(Baseline = true)]
    public short[] LibTiff()
    {
        using var tiff = Tiff.Open(path, "r");
        var row = new byte[tiff.ScanlineSize()];
        for (var y = 0; y < Side; y++)
        {
            tiff.ReadScanline(row, y);
            var samples = MemoryMarshal.Cast<byte, short>(row);
            for (var x = 0; x < Side; x++)
            {
                for (var band = 0; band < Bands; band++)
                    pixels[(((band * Side) + y) * Side) + x] = samples[(x * Bands) + band];
            }
        }

        return pixels;
    }

    /// <summary>Our reader, all cores.</summary>
    [Benchmark]
    public short[] OurReader()
    {
        using var raster = TiffRaster.Open(path);
        raster.Read(new RasterWindow(0, 0, Side, Side), numbers, pixels, (short)0);
        return pixels;
    }
}
