using SpectralEarth.Randomness;
using SpectralEarth.Scenes;

namespace SpectralEarth.Tests.Scenes;

public sealed class SceneTests
{
    private ProductFixture fixture = null!;

    [OneTimeSetUp]
    public void Synthesize() => fixture = new ProductFixture();

    [OneTimeTearDown]
    public void Delete() => fixture.Dispose();

    [TestCase("INTERLEAVE=BAND")]
    [TestCase("INTERLEAVE=PIXEL", "COMPRESS=DEFLATE")]
    [TestCase("INTERLEAVE=PIXEL", "COMPRESS=PACKBITS", "TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=32")]
    [TestCase("INTERLEAVE=BAND", "COMPRESS=LZW", "ENDIANNESS=BIG")]
    public void A_pixel_mask_of_single_bits_is_read_as_one_of_bytes(params string[] options)
    {
        using var copy = fixture.Copy();
        var grid = new RasterGrid(48, 48, new GeoTransform(364095, 5809965, 30), 32633);
        GeoTiffWriter.WriteImage<byte>(copy.File("QL_PIXELMASK.TIF"), grid, 224, new TiffEncoding { IsPlanar = true, RowsPerStrip = 48 }, null, (_, _, samples) =>
        {
            for (var i = 0; i < samples.Length; i++)
                samples[i] = (byte)(i % 29 == 0 ? 1 : 0);
        });
        var bytes = Defective();
        File.Move(copy.File("QL_PIXELMASK.TIF"), copy.File("bytes"));

        Gdal.Run("gdal_translate", ["-q", "-co", "NBITS=1", .. options.SelectMany(option => new[] { "-co", option }), copy.File("bytes"), copy.File("QL_PIXELMASK.TIF")]);

        Assert.That(Defective(), Is.EqualTo(bytes));
        Assert.That(bytes.Count(mark => mark == 1), Is.InRange(1, bytes.Length - 1));

        byte[] Defective()
        {
            using var scene = Scene.Open(copy.Path);
            var marks = new byte[40 * 30];
            Assert.That(scene.TryReadQualityOf(PixelQuality.Defective, new RasterWindow(5, 7, 40, 30), [1, 2, 3, 100, 224], marks), Is.True);
            return marks;
        }
    }

    [Test]
    public void Rows_read_block_by_block_equal_the_scene_read_at_once()
    {
        using var scene = Scene.Open(fixture.Product);
        int[] bands = [1, 224, 50];
        var whole = new short[3 * scene.Width * scene.Height];
        scene.ReadPixels(new RasterWindow(0, 0, scene.Width, scene.Height), bands, whole);

        for (var row = 0; row < scene.Height; row += 7)
        {
            var rows = Math.Min(7, scene.Height - row);
            var part = new short[3 * scene.Width * rows];
            scene.ReadPixels(new RasterWindow(0, row, scene.Width, rows), bands, part);

            for (var channel = 0; channel < 3; channel++)
            {
                var expected = whole.AsSpan(((channel * scene.Height) + row) * scene.Width, scene.Width * rows);
                Assert.That(part.AsSpan(channel * scene.Width * rows, scene.Width * rows).SequenceEqual(expected), Is.True);
            }
        }
    }

    [Test]
    public void Windows_read_from_many_threads_equal_those_read_from_one()
    {
        using var scene = Scene.Open(fixture.Product);
        var windows = Enumerable.Range(0, 200).Select(i =>
        {
            var random = new SeededRandom(1, "window", i);
            return new RasterWindow(random.NextInt(40), random.NextInt(40), 1 + random.NextInt(30), 1 + random.NextInt(30));
        }).ToArray();
        var expected = windows.Select(window => Read(scene, window)).ToArray();

        var differing = 0;
        Parallel.For(0, windows.Length, i =>
        {
            if (!Read(scene, windows[i]).AsSpan().SequenceEqual(expected[i]))
                Interlocked.Increment(ref differing);
        });

        Assert.That(differing, Is.Zero);
    }

    [Test]
    public void Pixels_outside_the_raster_are_no_data_and_never_valid()
    {
        using var scene = Scene.Open(fixture.Product);
        var window = new RasterWindow(-3, ProductFixture.Size - 2, 5, 4);
        var (pixels, valid, classes) = (new short[20], new byte[20], new byte[20]);

        scene.ReadPixels(window, [40], pixels);
        scene.ReadValidity(window, [132], valid);
        scene.TryReadQuality(QualityLayer.Classes, window, classes);

        for (var i = 0; i < 20; i++)
        {
            if (i % 5 >= 3 && i / 5 < 2)
                continue;
            Assert.That((pixels[i], valid[i], classes[i]), Is.EqualTo((Scene.NoData, (byte)0, (byte)0)));
        }
    }

    [Test]
    public void A_missing_quality_layer_does_not_invalidate_pixels()
    {
        using var copy = fixture.Copy();
        File.Delete(copy.File("QL_QUALITY_CLASSES.TIF"));
        File.Delete(copy.File("QL_QUALITY_CLOUD.TIF"));
        using var scene = Scene.Open(copy.Path);
        var pixels = Read(scene, Whole(scene));
        var valid = new byte[scene.Width * scene.Height];

        scene.ReadValidity(Whole(scene), [10, 132], valid);

        Assert.That(scene.TryReadQuality(QualityLayer.Cloud, Whole(scene), new byte[valid.Length]), Is.False);
        Assert.That(valid, Is.EqualTo(pixels[..valid.Length].Select(pixel => pixel == Scene.NoData ? (byte)0 : (byte)1)));
    }

    [Test]
    public void A_band_that_is_empty_without_a_mark_is_found()
    {
        using var copy = fixture.Copy(fixture.Metadata.Replace("<mean>-1000000</mean>", "<mean>0.2</mean>", StringComparison.Ordinal));
        using var scene = Scene.Open(copy.Path);

        Assert.That(scene.Metadata.EmptyBands, Is.Empty);
        Assert.That(scene.EmptyBands, Is.EqualTo(Enumerable.Range(130, 6)));
    }

    [Test]
    public void A_marked_band_with_data_is_not_empty()
    {
        var statistics = fixture.Metadata.IndexOf("<bandStatistics>", StringComparison.Ordinal);
        var mean = fixture.Metadata.IndexOf("<mean>", statistics, StringComparison.Ordinal);
        var end = fixture.Metadata.IndexOf("</stdDeviation>", mean, StringComparison.Ordinal);
        using var copy = fixture.Copy(fixture.Metadata[..mean] + "<mean>-1000000</mean><stdDeviation>0" + fixture.Metadata[end..]);
        using var scene = Scene.Open(copy.Path);

        Assert.That(scene.Metadata.EmptyBands, Does.Contain(1));
        Assert.That(scene.EmptyBands, Is.EqualTo(Enumerable.Range(130, 6)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Empty_bands_among_some_are_those_of_the_scene(bool marked)
    {
        using var copy = fixture.Copy(marked ? fixture.Metadata : fixture.Metadata.Replace("<mean>-1000000</mean>", "<mean>0.2</mean>", StringComparison.Ordinal));
        foreach (int[] bands in (int[][])[[10, 129, 136], [132], [10, 131, 130], [.. Enumerable.Range(1, 224)], [999]])
        {
            using var scene = Scene.Open(copy.Path);

            var among = scene.EmptyBandsAmong(bands);

            Assert.That(among, Is.EqualTo(bands.Intersect(scene.EmptyBands)), string.Join(' ', bands));
        }
    }

    [Test]
    public void Names_in_lower_case_doubled_endings_and_cloud_optimised_names_are_found()
    {
        using var copy = fixture.Copy();
        File.Move(copy.File("METADATA.XML"), copy.File("x-metadata.xml.XML"));
        File.Move(copy.File("SPECTRAL_IMAGE.TIF"), copy.File("x-Spectral_Image_COG.tiff"));

        using var scene = Scene.Open(copy.Path);
        using var byFile = Scene.Open(copy.File("x-metadata.xml.XML"));

        Assert.That(scene.Metadata.SceneId, Is.EqualTo(Path.GetFileName(fixture.Product)));
        Assert.That(byFile.Width, Is.EqualTo(ProductFixture.Size));
    }

    [Test]
    public void Minus_999_and_absent_elements_mean_not_available()
    {
        var angle = System.Text.RegularExpressions.Regex.Replace(fixture.Metadata, @"(<sunElevationAngle.*?<center>)[^<]*", "$1-999", System.Text.RegularExpressions.RegexOptions.Singleline);
        using var copy = fixture.Copy(angle.Replace("<snowCover>0</snowCover>", "<snowCover>-999</snowCover>", StringComparison.Ordinal));
        using var scene = Scene.Open(copy.Path);

        Assert.That(scene.Metadata.SunElevation, Is.Null);
        Assert.That(scene.Metadata.SunAzimuth, Is.Not.Null);
        Assert.That(scene.Metadata.CoverPercent.Keys, Does.Contain("cloudCover").And.No.Member("snowCover"));
    }

    [Test]
    public void A_report_counts_fractions_of_valid_pixels()
    {
        using var scene = Scene.Open(fixture.Product);
        var valid = new byte[scene.Width * scene.Height];
        var (classes, shadow) = (new byte[valid.Length], new byte[valid.Length]);
        scene.ReadValidity(Whole(scene), scene.Metadata.Bands.Numbers, valid);
        scene.TryReadQuality(QualityLayer.Classes, Whole(scene), classes);
        scene.TryReadQuality(QualityLayer.CloudShadow, Whole(scene), shadow);

        var report = SceneReport.Of(scene);

        var count = valid.Count(value => value == 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.ValidFraction, Is.EqualTo(count / (double)valid.Length).Within(1e-12));
            Assert.That(report.WaterFraction, Is.EqualTo(classes.Zip(valid).Count(pair => pair is (2, 1)) / (double)count).Within(1e-12));
            Assert.That(report.CloudShadowFraction, Is.EqualTo(shadow.Zip(valid).Count(pair => pair is (1, 1)) / (double)count).Within(1e-12));
            Assert.That(report.Arrangement, Is.EqualTo("A"));
            Assert.That(System.Text.Json.JsonSerializer.Serialize(report), Does.Contain("\"EmptyBands\":[130,131,132,133,134,135]"));
        }
    }

    private static RasterWindow Whole(Scene scene) => new(0, 0, scene.Width, scene.Height);

    private static short[] Read(Scene scene, RasterWindow window)
    {
        var pixels = new short[2 * window.Count];
        scene.ReadPixels(window, [10, 200], pixels);
        return pixels;
    }
}
