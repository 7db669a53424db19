using System.Globalization;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Shards;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

public sealed class PolygonTilingTests
{
    private TemporaryFolder folder = null!;
    private string product = null!;

    [OneTimeSetUp]
    public void Synthesize()
    {
        folder = new TemporaryFolder();
        product = SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = folder.File("scenes"), Scenes = 1, Dates = 1, SizePx = 64, Seed = 4 })[0].Products[0];
        File.WriteAllText(folder.File("classes.yaml"), "classes:\n- { code: 3, name: wheat, color: '#ddcc88' }\n- { code: 8, name: oak wood, color: '#226622' }\n");
    }

    [OneTimeTearDown]
    public void Clean() => folder.Dispose();

    [Test]
    public void Polygons_with_names_and_codes_become_labels_of_the_patches()
    {
        // The upper 30 rows are wheat, by name; the next 20 wood, by code.
        WritePolygons("both", (0, 30, "\"wheat\""), (30, 50, "8"));

        Tiler.Run(Options("both") with { ClassesFile = folder.File("classes.yaml") });

        var dataset = Dataset.Open(folder.File("both-out"));
        Assert.That(dataset.Manifest.Classes.Select(item => item.Name), Is.EqualTo(new[] { "wheat", "oak wood" }));
        foreach (var index in Enumerable.Range(0, dataset.Catalog.Count))
        {
            var (patch, info) = (dataset.Read(index), dataset.Catalog[index]);
            for (var pixel = 0; pixel < 256; pixel++)
            {
                var (row, column) = (info.SceneRow + (pixel / 16), info.SceneColumn + (pixel % 16));
                var inside = row is >= 0 and < 50 && column is >= 0 and < 64;
                Assert.That(patch.Labels![pixel], Is.EqualTo(!inside ? 0 : row < 30 ? 3 : 8));
            }
        }
    }

    [Test]
    public void Codes_without_a_class_file_make_their_own_classes()
    {
        WritePolygons("codes", (0, 30, "5"), (30, 50, "0"));

        Tiler.Run(Options("codes"));

        var dataset = Dataset.Open(folder.File("codes-out"));
        Assert.That(dataset.Manifest.Classes.Select(item => (item.Code, item.Name)), Is.EqualTo(new[] { (5, "class 5") }));
    }

    [Test]
    public void Unknown_codes_and_names_are_refused_with_a_list()
    {
        WritePolygons("unknown", (0, 10, "\"rye\""), (10, 20, "9"), (20, 30, "\"rye\""), (30, 40, "\"wheat\""));

        var error = Assert.Throws<SceneException>(() => Tiler.Run(Options("unknown") with { ClassesFile = folder.File("classes.yaml") }))!;

        Assert.That(error.Message, Does.Contain("'9' (1 polygons), 'rye' (2 polygons)").And.Contain("3 wheat, 8 oak wood"));
        Assert.That(Directory.Exists(folder.File("unknown-out")), Is.False);
    }

    [Test]
    public void Names_without_a_class_file_are_refused() =>
        Assert.That(() =>
        {
            WritePolygons("names", (0, 10, "\"rye\""));
            Tiler.Run(Options("names"));
        }, Throws.TypeOf<SceneException>().With.Message.Contains("'rye'").And.Message.Contains("--classes"));

    [Test]
    public void A_scene_with_contradicting_polygons_is_rejected()
    {
        WritePolygons("conflict", (0, 30, "3"), (20, 50, "8"));

        var error = Assert.Throws<SceneException>(() => Tiler.Run(Options("conflict")))!;

        Assert.That(error.Message, Does.Contain("feature 1 (3)").And.Contain("feature 2 (8)"));
    }

    [TestCase(3, true)]
    [TestCase(8, false)]
    public void Polygons_and_a_raster_on_one_scene_count_together_and_may_not_contradict_each_other(int code, bool fits)
    {
        // The polygon covers rows 0 to 29, the raster rows 20 to 49.
        WritePolygons("mixed", (0, 30, "3"));
        using (var scene = Scene.Open(product))
        {
            var part = RasterGrid.Of(scene) with { Height = 30, GeoTransform = scene.GeoTransform.Shifted(0, 20) };
            GeoTiffWriter.WriteImage<byte>(folder.File("mixed.tif"), part, 1, new TiffEncoding(), null, (_, _, codes) => codes.Fill((byte)code));
        }

        var options = Options("mixed") with { Output = folder.File($"mixed-{code}"), Labels = [folder.File("mixed.tif"), folder.File("mixed.geojson")] };
        if (!fits)
        {
            Assert.That(() => Tiler.Run(options), Throws.TypeOf<SceneException>().With.Message.Contains("mixed.geojson").And.Message.Contains("mixed.tif give 640 pixels of the scene different classes"));
            return;
        }

        Tiler.Run(options);

        var dataset = Dataset.Open(options.Output);
        foreach (var (patch, info) in dataset.Catalog.Select((info, index) => (dataset.Read(index), info)))
        {
            for (var pixel = 0; pixel < 256; pixel++)
                Assert.That(patch.Labels![pixel], Is.EqualTo(info.SceneRow + (pixel / 16) is >= 0 and < 50 && info.SceneColumn + (pixel % 16) is >= 0 and < 64 ? 3 : 0));
        }
    }

    private TileOptions Options(string name) => new()
    {
        Scenes = [product],
        Output = folder.File(name + "-out"),
        Labels = [folder.File(name + ".geojson")],
        PatchSize = 16,
        MaxNoData = 0.9,
        Bands = [10, 40],
    };

    /// <summary>Polygons over the full width of the scene from one row to another.</summary>
    private void WritePolygons(string name, params (int FirstRow, int EndRow, string Label)[] polygons)
    {
        using var scene = Scene.Open(product);
        var features = polygons.Select(polygon =>
        {
            (int, int)[] corners = [(0, polygon.FirstRow), (64, polygon.FirstRow), (64, polygon.EndRow), (0, polygon.EndRow), (0, polygon.FirstRow)];
            var ring = string.Join(',', corners.Select(corner =>
            {
                var (easting, northing) = scene.GeoTransform.ToMap(corner.Item1, corner.Item2);
                return string.Create(CultureInfo.InvariantCulture, $"[{easting:R},{northing:R}]");
            }));
            return $$$"""{"type":"Feature","properties":{"class":{{{polygon.Label}}}},"geometry":{"type":"Polygon","coordinates":[[{{{ring}}}]]}}""";
        });
        File.WriteAllText(folder.File(name + ".geojson"),
            $$$"""{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::{{{scene.Epsg}}}"}},"features":[{{{string.Join(',', features)}}}]}""");
    }
}
