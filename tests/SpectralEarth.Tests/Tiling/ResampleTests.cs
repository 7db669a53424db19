using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Shards;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

public sealed class ResampleTests
{
    [TestCase(10, 0, -10, 0)]
    [TestCase(-14, 12, 14, -12)]
    [TestCase(16, 15, 14, -15)]
    public void A_scene_off_the_grid_takes_the_nearest_place_and_the_shift_is_told(double eastM, double northM, double shiftEastM, double shiftNorthM)
    {
        using var folder = new TemporaryFolder();
        var product = SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = folder.File("in"), Scenes = 1, Dates = 1, SizePx = 48, Seed = 5 })[0].Products[0];
        Move(product, eastM, northM);

        var refused = Assert.Throws<SceneException>(() => Tiler.Run(Options(product, folder.File("refused"))));
        var report = Tiler.Run(Options(product, folder.File("out")) with { ResampleNearest = true });

        Assert.That(refused!.Message, Does.Contain("--resample nearest"));
        Assert.That((report.Moved[0].EastM, report.Moved[0].NorthM), Is.EqualTo((shiftEastM, shiftNorthM)));
        var cells = File.ReadAllLines(folder.File("out/scenes.csv")).Select(line => line.Split(',')).ToArray();
        Assert.That(double.Parse(cells[1][Array.IndexOf(cells[0], "shift_east_m")]), Is.EqualTo(shiftEastM));
        Assert.That(double.Parse(cells[1][Array.IndexOf(cells[0], "shift_north_m")]), Is.EqualTo(shiftNorthM));
        using var scene = Scene.Open(product);
        var dataset = Dataset.Open(folder.File("out"));
        for (var index = 0; index < dataset.Catalog.Count; index++)
        {
            var patch = dataset.Read(index);
            // Pixel centres of the grid take the scene's pixel that holds them, or lies nearest.
            var (column, row) = ((patch.Info.Left + 15 - scene.GeoTransform.Left) / 30, (scene.GeoTransform.Top - patch.Info.Top + 15) / 30);
            Assert.That(Math.Abs(column - 0.5 - patch.Info.SceneColumn), Is.LessThanOrEqualTo(0.5));
            Assert.That(Math.Abs(row - 0.5 - patch.Info.SceneRow), Is.LessThanOrEqualTo(0.5));
            Assert.That(((patch.Info.Left - 15) % 30, (patch.Info.Top - 15) % 30), Is.EqualTo((0.0, 0.0)));
            var pixels = new short[patch.Pixels.Length];
            scene.ReadPixels(new RasterWindow(patch.Info.SceneColumn, patch.Info.SceneRow, 16, 16), [10, 200], pixels);
            Assert.That(patch.Pixels, Is.EqualTo(pixels));
        }
    }

    [Test]
    public void Scenes_on_the_grid_are_not_moved_and_other_pixel_sizes_are_refused_with_what_to_do()
    {
        using var folder = new TemporaryFolder();
        var product = SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = folder.File("in"), Scenes = 1, Dates = 1, SizePx = 48, Seed = 5 })[0].Products[0];

        var report = Tiler.Run(Options(product, folder.File("out")) with { ResampleNearest = true });
        Move(product, 0, 0, pixelSizeM: 60);
        var coarse = Assert.Throws<SceneException>(() => Tiler.Run(Options(product, folder.File("coarse")) with { ResampleNearest = true }));

        Assert.That(report.Moved, Is.Empty);
        Assert.That(coarse!.Message, Does.Contain("Pixels of 60 m; expected 30 m").And.Contain("gdalwarp -tr 30 30"));
    }

    private static TileOptions Options(string product, string output) => new()
    {
        Scenes = [product],
        Output = output,
        PatchSize = 16,
        MaxNoData = 0.9,
        MaxShares = new Dictionary<PixelQuality, double>(),
        Bands = [10, 200],
    };

    /// <summary>Changes position and pixel size in the tags of all rasters of a product (ModelPixelScale and ModelTiepoint, doubles).</summary>
    private static void Move(string product, double eastM, double northM, double pixelSizeM = 30)
    {
        GeoTransform place;
        using (var scene = Scene.Open(product))
            place = scene.GeoTransform;
        foreach (var file in Directory.GetFiles(product, "*.TIF"))
        {
            var bytes = File.ReadAllBytes(file);
            Replace(bytes, [0, 0, 0, place.Left, place.Top, 0], [0, 0, 0, place.Left + eastM, place.Top + northM, 0]);
            Replace(bytes, [30, 30, 0], [pixelSizeM, pixelSizeM, 0]);
            File.WriteAllBytes(file, bytes);
        }
    }

    private static void Replace(byte[] bytes, double[] from, double[] to)
    {
        var at = bytes.AsSpan().IndexOf(from.SelectMany(BitConverter.GetBytes).ToArray());
        Assert.That(at, Is.Positive);
        to.SelectMany(BitConverter.GetBytes).ToArray().CopyTo(bytes, at);
    }
}
