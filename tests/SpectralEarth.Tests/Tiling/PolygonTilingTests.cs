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

    [Test]
    public void A_file_of_labels_on_no_scene_is_rejected_beside_one_that_fits()
    {
        WritePolygons("fits", (0, 30, "3"));
        WritePolygons("beyond", (500, 530, "8"));
        string id;
        using (var scene = Scene.Open(product))
        {
            var place = scene.GeoTransform with { Left = scene.GeoTransform.Left + 15 };
            GeoTiffWriter.WriteImage<byte>(folder.File("shifted.tif"), RasterGrid.Of(scene) with { GeoTransform = place }, 1, new TiffEncoding(), null, (_, _, codes) => codes.Fill(8));
            id = scene.Metadata.SceneId;
        }

        var options = Options("fits") with { Labels = [folder.File("shifted.tif"), folder.File("fits.geojson"), folder.File("beyond.geojson")] };

        var forecast = Tiler.Forecast(options);
        var report = Tiler.Run(options);
        var again = Tiler.Run(options);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Rejected.Select(file => file.Path), Is.EqualTo(new[] { folder.File("beyond.geojson"), folder.File("shifted.tif") }));
            Assert.That(report.Rejected[0].Reason, Does.StartWith($"These labels lie on none of the tiled scenes. Of {id}: no pixel's centre lies in one of the polygons, which reach over longitude "));
            Assert.That(report.Rejected[1].Reason, Does.StartWith($"These labels lie on none of the tiled scenes. Of {id}: grid at left ").And.Contain("gdalwarp"));
            Assert.That(forecast.Rejected, Is.EqualTo(report.Rejected));
            Assert.That((again.WasFinished, again.Rejected.Count, report.Warnings.Count), Is.EqualTo((true, 2, 0)));
            Assert.That(File.ReadAllText(folder.File("fits-out/rejected.csv")), Does.Contain("shifted.tif").And.Contain("beyond.geojson"));
        }
    }

    [Test]
    public void Polygons_between_the_centres_of_pixels_are_told_by_class_also_after_an_interruption()
    {
        WritePolygons("small", (0, 30, "3"), (40.6, 40.9, "8"), (41.6, 41.9, "8"), (42.6, 42.9, "3"), (500, 530, "3"));
        var options = Options("small");

        var forecast = Tiler.Forecast(options);
        Assert.Throws<TimeoutException>(() => Tiler.Run(options, new Told<TileProgress>(progress =>
        {
            if (progress.Phase == TilePhase.Assembling)
                throw new TimeoutException("stop here");
        })));
        var report = Tiler.Run(options);

        Assert.That(report.Warnings.Single(), Does.StartWith($"{folder.File("small.geojson")}: 3 of 4 polygons on the scenes hold no pixel's centre and label nothing: 2 of class 8 (feature 2, feature 3); 1 of class 3 (feature 4)."));
        Assert.That(forecast.Warnings, Is.EqualTo(report.Warnings));
        Assert.That(report.Rejected, Is.Empty);
    }

    [Test]
    public void Polygons_whose_axes_are_swapped_show_by_both_places()
    {
        File.WriteAllText(folder.File("swapped.geojson"), """{"features":[{"properties":{"class":1},"geometry":{"type":"Polygon","coordinates":[[[52.4,13],[52.5,13],[52.5,13.1],[52.4,13]]]}}]}""");

        Assert.That(() => Tiler.Run(Options("swapped")), Throws.TypeOf<SceneException>()
            .With.Message.Contains("reach over longitude 52.4 to 52.5, latitude 13 to 13.1; the scene over longitude 1").And.Message.Contains(", latitude 5"));
    }

    [Test]
    public void Polygons_of_another_form_are_refused_with_the_conversion()
    {
        File.WriteAllBytes(folder.File("fields.shp"), [0, 0, 0x27, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0]);

        Assert.That(() => Tiler.Run(Options("none") with { Labels = [folder.File("fields.shp")] }), Throws.TypeOf<SceneException>()
            .With.Message.EndsWith($"ogr2ogr -f GPKG {folder.File("fields.gpkg")} {folder.File("fields.shp")}."));
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
    private void WritePolygons(string name, params (double FirstRow, double EndRow, string Label)[] polygons)
    {
        using var scene = Scene.Open(product);
        var features = polygons.Select(polygon =>
        {
            (double, double)[] corners = [(0, polygon.FirstRow), (64, polygon.FirstRow), (64, polygon.EndRow), (0, polygon.EndRow), (0, polygon.FirstRow)];
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
