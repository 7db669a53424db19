using SpectralEarth.Randomness;
using SpectralEarth.Scenes;
using SpectralEarth.Spectra;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling.Importing;

/// <summary>Small files as the published data sets have them, with values that depend on the seed only.</summary>
internal static class PublishedFiles
{
    public const int Side = 16;

    /// <summary>Image values, [C, H, W]: some pixels are no-data in all bands.</summary>
    public static short[] Pixels(int bands, long seed)
    {
        var random = new SeededRandom(seed, "published", 0);
        var missing = Enumerable.Range(0, Side * Side).Select(_ => random.NextInt(10) == 0).ToArray();
        return [.. Enumerable.Range(0, bands * Side * Side).Select(i => missing[i % (Side * Side)] ? Scene.NoData : (short)(random.NextInt(12_000) - 500))];
    }

    /// <summary>Writes an image at the place of a number.</summary>
    public static void WriteImage(string path, short[] pixels, int place) =>
        Write<short>(path, pixels.Length / (Side * Side), place, Scene.NoData, i => pixels[i]);

    /// <summary>Writes an image whose header tells the wavelengths of its bands, as those do that <see cref="PatchExporter"/> writes.</summary>
    public static void WriteImage(string path, short[] pixels, int place, BandTable bands)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var metadata = new ImageMetadata { Bands = [.. bands.Select(band => new ImageBand(band.Number, band.WavelengthNm))], Scale = 1e-4, Items = new Dictionary<string, string>() };
        GeoTiffWriter.WriteImage<short>(path, Grid(place), metadata, new TiffEncoding { RowsPerStrip = Side, IsPlanar = true }, Scene.NoData, (_, _, samples) => pixels.CopyTo(samples));
    }

    /// <summary>Writes a single-band raster of codes.</summary>
    public static void WriteLabels(string path, IReadOnlyList<uint> codes, int place) => Write(path, 1, place, null, i => codes[i]);

    /// <summary>Writes a quality layer.</summary>
    public static void WriteLayer(string path, Func<int, byte> value, int place) => Write(path, 1, place, null, value);

    private static void Write<T>(string path, int bands, int place, int? noData, Func<int, T> sample) where T : unmanaged
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        GeoTiffWriter.WriteImage<T>(path, Grid(place), bands, new TiffEncoding { RowsPerStrip = 4, Compression = TiffCompression.Deflate }, noData, (first, rows, samples) =>
        {
            for (var i = 0; i < samples.Length; i++)
                samples[i] = sample((i % bands * Side * Side) + (first * Side) + (i / bands));
        });
    }

    private static RasterGrid Grid(int place) => new(Side, Side, new GeoTransform(364_095 + (30 * Side * place), 5_809_965, 30), 32633);
}
