using SpectralEarth.Randomness;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Tiff;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Scenes;

public sealed class TiffRasterTests
{
    /// <summary>Rasters of random size with 16-bit samples.</summary>
    private static readonly int[] Int16Seeds = [.. Enumerable.Range(2000, 60).Where(seed => new RandomRaster(seed).SampleBytes == 2).Take(8)];

    [Test]
    public void Any_window_of_any_arrangement_that_LibTiff_writes_equals_the_samples_written()
    {
        using var folder = new TemporaryFolder();
        for (var seed = 0; seed < 160; seed++)
        {
            var truth = new RandomRaster(seed);
            truth.WriteThroughLibTiff(folder.File("raster.tif"));

            using var raster = TiffRaster.Open(folder.File("raster.tif"));

            AssertWindowsEqual(truth, raster, seed);
        }
    }

    [Test]
    public void Any_window_of_BigTIFF_and_Zstd_files_equals_the_samples_written()
    {
        using var folder = new TemporaryFolder();
        for (var seed = 1000; seed < 1080; seed++)
        {
            var truth = new RandomRaster(seed);
            PlainTiff.Write(folder.File("raster.tif"), truth, isBig: seed % 2 == 0, compression: seed % 3 > 0 ? TiffCompression.Zstd : TiffCompression.None);

            using var raster = TiffRaster.Open(folder.File("raster.tif"));

            AssertWindowsEqual(truth, raster, seed);
        }
    }

    [TestCase("PackBits")]
    [TestCase("Zstd")]
    public void A_block_that_does_not_decode_is_refused_with_the_decoders_reason_in_a_sentence(string compression)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("raster.tif");
        PlainTiff.Write(path, RandomRaster.Of(0, 8, new short[64]), isBig: false, Enum.Parse<TiffCompression>(compression));
        var bytes = File.ReadAllBytes(path);
        bytes.AsSpan(8, 6).Fill(0x80);    // a frame of no kind; of PackBits codes that stand for nothing
        File.WriteAllBytes(path, bytes);
        using var raster = TiffRaster.Open(path);

        Assert.That(() => raster.Read(new RasterWindow(0, 0, 8, 8), [1], new short[64], (short)0), Throws.TypeOf<SceneException>().With.Message.Match(
            @"is damaged: [^-]*[^.]\. The download may be cut"));
    }

    [Test]
    public void A_deflated_block_that_asks_for_a_dictionary_is_refused_as_damaged()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("raster.tif");
        var grid = new RasterGrid(8, 8, new GeoTransform(15, 15, 30), 32633);
        GeoTiffWriter.WriteImage<byte>(path, grid, 1, new TiffEncoding { RowsPerStrip = 8, Compression = TiffCompression.Deflate }, null, (_, _, samples) => samples.Fill(7));
        var bytes = File.ReadAllBytes(path);
        // 78 BB is the zlib header with the flag of a preset dictionary (RFC 1950, section 2.2).
        bytes[bytes.AsSpan().IndexOf(new byte[] { 0x78, 0x9C }) + 1] = 0xBB;
        File.WriteAllBytes(path, bytes);
        using var raster = TiffRaster.Open(path);

        Assert.That(() => raster.Read(new RasterWindow(0, 0, 8, 8), [1], new byte[64], (byte)0), Throws.TypeOf<SceneException>().With.Message.StartsWith(
            "raster.tif: The block at row 0, column 0 is damaged: its compressed bytes are wrong. "));
    }

    [Test]
    public void Every_combination_of_arrangement_and_compression_is_read(
        [Values("None", "Lzw", "Deflate", "DeflateOld", "PackBits", "Zstd")] string compression,
        [Values("strips by pixel", "strips by band", "strips by line", "tiles by pixel", "tiles by band")] string arrangement)
    {
        using var folder = new TemporaryFolder();
        for (var form = 0; form < 8; form++)
        {
            var truth = new RandomRaster(Int16Seeds[form])
            {
                IsTiled = arrangement.StartsWith("tiles", StringComparison.Ordinal),
                IsPlanar = !arrangement.EndsWith("pixel", StringComparison.Ordinal),
                IsBigEndian = (form & 1) != 0,
                HasPredictor = (form & 2) != 0,
            };
            PlainTiff.Write(folder.File("raster.tif"), truth, isBig: (form & 4) != 0, Enum.Parse<TiffCompression>(compression), arrangement.EndsWith("line", StringComparison.Ordinal));

            using var raster = TiffRaster.Open(folder.File("raster.tif"));

            Assert.That(raster.Layout.Kind, Is.EqualTo(SampleKind.Int16));
            AssertWindowsEqual(truth, raster, form);
        }
    }

    private static void AssertWindowsEqual(RandomRaster truth, TiffRaster raster, long seed)
    {
        Assert.That((raster.Layout.Width, raster.Layout.Height, raster.Layout.Bands), Is.EqualTo((truth.Width, truth.Height, truth.Bands)), truth.ToString());
        for (var i = 0; i < 4; i++)
        {
            var random = new SeededRandom(seed, "window", i);
            var window = i == 0
                ? new RasterWindow(0, 0, truth.Width, truth.Height)
                : new RasterWindow(random.NextInt(90) - 20, random.NextInt(80) - 20, 1 + random.NextInt(60), 1 + random.NextInt(60));
            var bands = Enumerable.Range(0, 1 + random.NextInt(2 * truth.Bands)).Select(_ => 1 + random.NextInt(truth.Bands)).ToArray();
            var expected = Expected(truth, window, bands);

            var read = truth.SampleBytes switch
            {
                1 => Read<byte>(raster, window, bands, 77, value => value),
                2 => Read<short>(raster, window, bands, 77, value => value),
                _ => Read<int>(raster, window, bands, 77, value => value),
            };

            Assert.That(read.AsSpan().SequenceEqual(expected), Is.True, $"seed {seed}: {truth}; {window}");
        }
    }

    private static long[] Expected(RandomRaster truth, RasterWindow window, int[] bands)
    {
        var expected = new List<long>();
        foreach (var band in bands)
        {
            for (var i = 0; i < window.Count; i++)
                expected.Add(truth.At(band - 1, window.Row + (i / window.Width), window.Column + (i % window.Width), outside: 77));
        }

        return [.. expected];
    }

    private static long[] Read<T>(TiffRaster raster, RasterWindow window, int[] bands, T outside, Func<T, long> widen) where T : unmanaged
    {
        var samples = new T[bands.Length * window.Count];
        raster.Read(window, bands, samples, outside);
        return Array.ConvertAll(samples, sample => widen(sample));
    }
}
