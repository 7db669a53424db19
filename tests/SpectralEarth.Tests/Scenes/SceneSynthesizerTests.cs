using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Scenes;

public sealed class SceneSynthesizerTests
{
    private TemporaryFolder folder = null!;
    private IReadOnlyList<SynthesizedScene> scenes = null!;

    [OneTimeSetUp]
    public void Synthesize()
    {
        folder = new TemporaryFolder();
        scenes = SceneSynthesizer.Write(Options(folder.Path) with { Scenes = 2, Dates = 2 });
    }

    [OneTimeTearDown]
    public void Delete() => folder.Dispose();

    [Test]
    public void The_same_seed_gives_the_same_files_byte_for_byte()
    {
        using var again = new TemporaryFolder();
        using var other = new TemporaryFolder();

        SceneSynthesizer.Write(Options(again.Path) with { Scenes = 1, Dates = 2 });
        SceneSynthesizer.Write(Options(other.Path) with { Scenes = 1, Dates = 2, Seed = 12 });

        var files = Directory.GetFiles(again.File("scene-01"), "*", SearchOption.AllDirectories);
        Assert.That(files, Has.Length.EqualTo(2 + (2 * 12)));
        foreach (var file in files)
        {
            var twin = folder.File(Path.GetRelativePath(again.Path, file));
            Assert.That(File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(twin)), Is.True, file);
        }

        Assert.That(File.ReadAllBytes(other.File("scene-01/labels.tif")), Is.Not.EqualTo(File.ReadAllBytes(again.File("scene-01/labels.tif"))));
    }

    [Test]
    public void Products_are_complete_and_lie_on_the_grid_of_EnMAP()
    {
        foreach (var product in scenes.SelectMany(scene => scene.Products))
        {
            using var scene = Scene.Open(product);
            var place = scene.GeoTransform;

            Assert.That(Path.GetFileName(product), Is.EqualTo(scene.Metadata.SceneId).And.Length.EqualTo(74));
            Assert.That((place.Left % 30, place.Top % 30, place.PixelSizeM), Is.EqualTo((15.0, 15.0, 30.0)));
            foreach (var layer in Enum.GetValues<QualityLayer>())
                Assert.That(scene.TryReadQuality(layer, new RasterWindow(0, 0, 1, 1), new byte[1]), Is.True, layer.ToString());
            foreach (var key in new[] { "QL_PIXELMASK", "QL_VNIR", "QL_SWIR" })
                Assert.That(Path.Combine(product, $"{scene.Metadata.SceneId}-{key}.TIF"), Does.Exist);
        }
    }

    [Test]
    public void Dates_share_the_ground_and_the_grid_and_differ_in_season_and_arrangement()
    {
        using var first = Scene.Open(scenes[0].Products[0]);
        using var second = Scene.Open(scenes[0].Products[1]);
        using var labels = LabelRaster.Open(scenes[0].Labels);
        var (summer, spring, codes) = (ReadRedAndInfrared(first), ReadRedAndInfrared(second), labels.Read(new RasterWindow(0, 0, first.Width, first.Height)));

        Assert.That(RasterGrid.Of(second), Is.EqualTo(RasterGrid.Of(first)));
        Assert.That(labels.Grid, Is.EqualTo(RasterGrid.Of(first)));
        var sensor = SensorCatalog.Load("enmap");
        Assert.That((sensor.ArrangementOf(first.Metadata.Bands)?.Name, sensor.ArrangementOf(second.Metadata.Bands)?.Name), Is.EqualTo(("A", "B")));
        Assert.That((first.Metadata.StartTime.Year, second.Metadata.StartTime.Year), Is.EqualTo((2022, 2024)));
        Assert.That((first.EmptyBands.Count, second.EmptyBands.Count), Is.EqualTo((6, 5)));
        var differences = Enumerable.Range(0, codes.Length).Where(i => codes[i] == 3 && summer.Valid[i] + spring.Valid[i] == 2)
            .Select(i => Math.Abs(summer.Ndvi(i) - spring.Ndvi(i))).ToArray();
        Assert.That(differences, Has.Length.GreaterThan(500));
        Assert.That(differences.Average(), Is.GreaterThan(0.08));
    }

    [Test]
    public void The_swath_is_a_part_of_the_frame_and_classes_differ_but_vary_within()
    {
        using var scene = Scene.Open(scenes[1].Products[0]);
        using var labels = LabelRaster.Open(scenes[1].Labels);
        var codes = labels.Read(new RasterWindow(0, 0, scene.Width, scene.Height));
        var bands = ReadRedAndInfrared(scene);

        Assert.That(SceneReport.Of(scene).ValidFraction, Is.InRange(0.55, 0.75));
        Assert.That(Enumerable.Range(0, 7).Select(code => codes.Count(value => value == code)), Is.All.GreaterThan(20));
        var water = Ndvi(6);
        var meadow = Ndvi(3);
        Assert.That(meadow.Average(), Is.GreaterThan(water.Average() + 0.3));
        Assert.That(meadow.Max() - meadow.Min(), Is.GreaterThan(0.3));

        double[] Ndvi(int code) => [.. Enumerable.Range(0, codes.Length).Where(i => codes[i] == code && bands.Valid[i] == 1 && !bands.IsCloudy[i]).Select(bands.Ndvi)];
    }

    [TestCase(TiffCompression.Deflate, true, 64, true)]
    [TestCase(TiffCompression.Lzw, false, null, true)]
    [TestCase(TiffCompression.Deflate, false, 32, false)]
    public void Any_encoding_of_the_image_holds_the_same_pixels(TiffCompression compression, bool isPlanar, int? tile, bool hasPredictor)
    {
        using var other = new TemporaryFolder();
        var encoding = new TiffEncoding { Compression = compression, IsPlanar = isPlanar, TileSize = tile, HasPredictor = hasPredictor, RowsPerStrip = 5 };

        var encoded = SceneSynthesizer.Write(Options(other.Path) with { Scenes = 1, Dates = 1, ImageEncoding = encoding })[0];

        using var scene = Scene.Open(encoded.Products[0]);
        using var plain = Scene.Open(scenes[0].Products[0]);
        Assert.That(ProductFixture.Pixels(scene).AsSpan().SequenceEqual(ProductFixture.Pixels(plain)), Is.True);
    }

    [Test]
    public void Values_out_of_range_and_a_folder_that_is_a_file_are_refused()
    {
        File.WriteAllText(folder.File("taken"), "");

        Assert.That(() => SceneSynthesizer.Write(Options(folder.Path) with { SizePx = 5 }), Throws.ArgumentException.With.Message.EqualTo("The side of a scene in pixels must lie from 32 to 4096, but is 5."));
        Assert.That(() => SceneSynthesizer.Write(Options(folder.File("taken"))), Throws.InstanceOf<IOException>());
    }

    [Test]
    public void Products_of_another_seed_are_not_given_these_labels()
    {
        var labels = File.ReadAllBytes(folder.File("scene-01/labels.tif"));

        Assert.That(() => SceneSynthesizer.Write(Options(folder.Path) with { Scenes = 1, Dates = 1, Seed = 99 }),
            Throws.TypeOf<IOException>().With.Message.Contains("scene-01").And.Message.Contains("product of another seed"));
        Assert.That(File.ReadAllBytes(folder.File("scene-01/labels.tif")), Is.EqualTo(labels));
    }

    [Test]
    public void A_cancelled_product_has_no_METADATA()
    {
        using var other = new TemporaryFolder();
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.That(() => SceneSynthesizer.Write(Options(other.Path), cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.GetFiles(other.Path, "*", SearchOption.AllDirectories), Is.Empty);
    }

    private static SynthesisOptions Options(string output) => new() { OutputFolder = output, Scenes = 1, Dates = 1, SizePx = 100, Seed = 11 };

    private static RedAndInfrared ReadRedAndInfrared(Scene scene)
    {
        var window = new RasterWindow(0, 0, scene.Width, scene.Height);
        var (pixels, valid, cloud, shadow) = (new short[2 * window.Count], new byte[window.Count], new byte[window.Count], new byte[window.Count]);
        scene.ReadPixels(window, [48, 73], pixels);
        scene.ReadValidity(window, [48, 73], valid);
        scene.TryReadQuality(QualityLayer.Cloud, window, cloud);
        scene.TryReadQuality(QualityLayer.CloudShadow, window, shadow);
        return new RedAndInfrared(pixels, valid, [.. cloud.Zip(shadow, (a, b) => a + b > 0)]);
    }

    private sealed record RedAndInfrared(short[] Pixels, byte[] Valid, bool[] IsCloudy)
    {
        internal double Ndvi(int i) => (Pixels[Valid.Length + i] - Pixels[i]) / Math.Max(1.0, Pixels[Valid.Length + i] + Pixels[i]);
    }
}
