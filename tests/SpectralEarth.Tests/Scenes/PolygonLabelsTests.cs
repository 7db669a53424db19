using System.Globalization;
using Microsoft.Data.Sqlite;
using NetTopologySuite.Geometries;
using NetTopologySuite.IO;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Labels;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Scenes;

public sealed class PolygonLabelsTests
{
    // Metres from the upper left corner of the scene: a field with a pond, and a wood beside it with a common border.
    private const string Field = "POLYGON ((70 -100, 800 -65, 910 -700, 400 -1000, 100 -810, 70 -100), (300 -300, 300 -500, 520 -480, 450 -290, 300 -300))";
    private const string Wood = "POLYGON ((800 -65, 1150 -90, 1130 -600, 910 -700, 800 -65))";

    private TemporaryFolder folder = null!;
    private Scene scene = null!;

    [OneTimeSetUp]
    public void Synthesize()
    {
        folder = new TemporaryFolder();
        scene = Scene.Open(SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = folder.File("scenes"), Scenes = 1, Dates = 1, SizePx = 40, Seed = 4 })[0].Products[0]);
    }

    [OneTimeTearDown]
    public void Clean()
    {
        scene.Dispose();
        folder.Dispose();
    }

    [Test]
    public void A_pixel_has_the_class_of_the_polygon_that_holds_its_centre()
    {
        var path = GeoJson("centres", scene.Epsg, (Field, "1"), (Wood, "2"));

        var codes = Draw(path)!.Read(new RasterWindow(0, 0, 40, 40));

        Assert.That(codes, Is.EqualTo(Expected()));
        Assert.That(codes.Distinct(), Is.EquivalentTo(new byte[] { 0, 1, 2 }));
    }

    [Test]
    public void Longitude_and_latitude_give_the_same_pixels_as_the_zone_itself()
    {
        var degrees = Draw(GeoJson("degrees", 4326, (Field, "1"), (Wood, "2")))!.Read(new RasterWindow(0, 0, 40, 40));

        // Straight edges of a kilometre differ by centimetres between the systems, which may move a centre on the edge.
        Assert.That(degrees.Zip(Expected()).Count(pixel => pixel.First != pixel.Second), Is.LessThanOrEqualTo(2));
    }

    [Test]
    public void The_neighbouring_zone_is_brought_to_that_of_the_scene()
    {
        var codes = Draw(GeoJson("zone", scene.Epsg - 1, (Field, "1"), (Wood, "2")))!.Read(new RasterWindow(0, 0, 40, 40));

        Assert.That(codes.Zip(Expected()).Count(pixel => pixel.First != pixel.Second), Is.LessThanOrEqualTo(2));
    }

    [Test]
    public void A_window_that_reaches_over_the_edges_is_unlabelled_outside()
    {
        var labels = Draw(GeoJson("window", scene.Epsg, (Field, "1")))!;

        var whole = labels.Read(new RasterWindow(0, 0, 40, 40));
        var shifted = labels.Read(new RasterWindow(-3, -2, 20, 20));

        for (var row = 0; row < 20; row++)
            for (var column = 0; column < 20; column++)
                Assert.That(shifted[(row * 20) + column], Is.EqualTo(row < 2 || column < 3 ? 0 : whole[((row - 2) * 40) + column - 3]));
    }

    [Test]
    public void A_geopackage_gives_the_same_pixels_as_geojson()
    {
        var path = folder.File("labels.gpkg");
        WriteGeoPackage(path, (Field, "1"), (Wood, "2"));

        Assert.That(Draw(path)!.Read(new RasterWindow(0, 0, 40, 40)), Is.EqualTo(Expected()));
    }

    [Test]
    public void A_geopackage_that_GDAL_wrote_is_read()
    {
        Gdal.Run("ogr2ogr", folder.File("gdal.gpkg"), GeoJson("gdal", scene.Epsg, (Field, "1"), (Wood, "2")));

        Assert.That(Draw(folder.File("gdal.gpkg"))!.Read(new RasterWindow(0, 0, 40, 40)), Is.EqualTo(Expected()));
    }

    [Test]
    public void A_view_of_a_geopackage_is_read_and_its_rows_are_counted()
    {
        var path = folder.File("view.gpkg");
        WriteGeoPackage(path, (Field, "1"), (Wood, "2"));
        ExecuteIn(path, "CREATE VIEW seen AS SELECT geom, class AS kind FROM \"my fields\" ORDER BY class DESC", "INSERT INTO gpkg_geometry_columns VALUES ('seen', 'geom', 7)");

        Assert.That(PolygonFile.Open(path, "kind").Polygons.Select(polygon => (polygon.Place, polygon.Label)), Is.EqualTo(new[] { ("seen, row 1", "2"), ("seen, row 2", "1") }));

        ExecuteIn(path, "UPDATE \"my fields\" SET class = NULL WHERE class = 1");
        Assert.That(() => PolygonFile.Open(path, "kind"), Throws.TypeOf<SceneException>().With.Message.StartsWith($"{path}: seen, row 2 has no 'kind'"));
    }

    [Test]
    public void A_row_of_a_geopackage_is_named_by_its_key()
    {
        var path = folder.File("key.gpkg");
        WriteGeoPackage(path, (Field, "1"), (Wood, "2"));
        ExecuteIn(path, "UPDATE \"my fields\" SET fid = 70 WHERE class = 1", "UPDATE \"my fields\" SET class = NULL WHERE fid = 70");

        Assert.That(() => PolygonFile.Open(path, "class"), Throws.TypeOf<SceneException>().With.Message.StartsWith($"{path}: my fields, row 70 has no 'class'"));
    }

    [TestCase(0)]
    [TestCase(20)]
    [TestCase(100)]
    public void A_geometry_that_is_cut_is_named_with_its_row(int bytes)
    {
        var path = folder.File($"cut-{bytes}.gpkg");
        WriteGeoPackage(path, (Field, "1"), (Wood, "2"));
        ExecuteIn(path, $"UPDATE \"my fields\" SET geom = substr(geom, 1, {bytes}) WHERE class = 2");

        Assert.That(() => PolygonFile.Open(path, "class"), Throws.TypeOf<SceneException>()
            .With.Message.StartsWith($"{path}: the geometry of my fields, row 2 cannot be read: ").And.Message.EndsWith(". Correct it, or leave it out.").And.Message.Not.Contains("\n"));
    }

    [TestCase("CURVEPOLYGON (COMPOUNDCURVE (CIRCULARSTRING (80 -80, 400 -20, 800 -80), (800 -80, 800 -700, 80 -80)))")]
    [TestCase("MULTISURFACE (CURVEPOLYGON (CIRCULARSTRING (80 -400, 400 -80, 720 -400, 400 -720, 80 -400)))")]
    [TestCase("CURVEPOLYGON Z (CIRCULARSTRING Z (80 -400 5, 400 -80 5, 720 -400 5, 400 -720 5, 80 -400 5))")]
    public void Curves_are_refused_with_the_command_that_makes_polygons_of_them(string outline)
    {
        var (path, straight) = (folder.File("curves.gpkg"), folder.File("straight.gpkg"));
        File.Delete(path);
        File.Delete(straight);
        File.WriteAllText(folder.File("curves.csv"), $"class;WKT\n1;{outline}\n");
        Gdal.Run("ogr2ogr", "-oo", "SEPARATOR=SEMICOLON", "-oo", "GEOM_POSSIBLE_NAMES=WKT", "-oo", "KEEP_GEOM_COLUMNS=NO", "-a_srs", $"EPSG:{scene.Epsg}", path, folder.File("curves.csv"));

        Assert.That(() => PolygonFile.Open(path, "class"), Throws.TypeOf<SceneException>().With.Message.EqualTo(
            $"{path}: curves, row 1 has curved edges; expected straight ones. Convert it: ogr2ogr -nlt CONVERT_TO_LINEAR -dim XY OUT.gpkg \"{path}\" \"curves\"."));

        Gdal.Run("ogr2ogr", "-nlt", "CONVERT_TO_LINEAR", "-dim", "XY", straight, path, "curves");
        Assert.That(PolygonFile.Open(straight, "class").Polygons.Single().Parts.Single().Area, Is.GreaterThan(100_000));
    }

    [Test]
    public void Polygons_of_different_classes_on_the_same_pixels_are_refused_with_a_list()
    {
        var path = GeoJson("conflict", scene.Epsg, (Field, "1"), ("POLYGON ((0 0, 300 0, 300 -300, 0 -300, 0 0))", "2"));

        Assert.That(() => Draw(path), Throws.TypeOf<SceneException>()
            .With.Message.StartsWith("Polygons of different classes cover the same pixels").And.Message.Contains("conflict.geojson feature 1 (1) and conflict.geojson feature 2 (2) on ").And.Message.Contains("pixels"));
    }

    [Test]
    public void Polygons_of_one_class_may_overlap()
    {
        var path = GeoJson("same", scene.Epsg, (Field, "1"), ("POLYGON ((0 0, 300 0, 300 -300, 0 -300, 0 0))", "1"));

        Assert.That(Draw(path)!.Read(new RasterWindow(0, 0, 40, 40))[0], Is.EqualTo(1));
    }

    [Test]
    public void A_scene_without_polygons_has_no_labels() =>
        Assert.That(Draw(GeoJson("elsewhere", scene.Epsg, ("POLYGON ((9000 0, 9300 0, 9300 -300, 9000 0))", "1"))), Is.Null);

    [TestCase("""{"type":"FeatureCollection","features":[]}""", "holds no feature")]
    [TestCase("""{"type":"Feature"}""", "no GeoJSON feature collection")]
    [TestCase("""{"features":[{"properties":{"class":1},"geometry":{"type":"Point","coordinates":[1,2]}}]}""", "feature 1 is a Point; expected a polygon")]
    [TestCase("""{"features":[{"properties":{"crop":1},"geometry":{"type":"Polygon","coordinates":[[[1,2],[2,2],[2,3],[1,2]]]}}]}""", "feature 1 has no 'class'")]
    [TestCase("""{"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::3857"}},"features":[]}""", "EPSG::3857'; expected EPSG:4326")]
    [TestCase("""{"features":[""", "no sound GeoJSON")]
    [TestCase("""{"features":[{"properties":{"class":1},"geometry":{"type":"Polygon","coordinates":[[[1,2],[2,2],[2,3],[1,2.5]]]}}]}""", "the geometry of feature 1 is no sound GeoJSON")]
    [TestCase("""{"features":[{"properties":{"class":1},"geometry":{"type":"Polygon","coordinates":[[[364695,5809365],[364995,5809365],[364995,5809665],[364695,5809365]]]}}]}""", "feature 1 has a corner at 364695, 5809365, which is no longitude and latitude")]
    public void What_cannot_be_used_is_refused_with_the_reason(string text, string reason)
    {
        var path = folder.File("bad.geojson");
        File.WriteAllText(path, text);

        Assert.That(() => PolygonFile.Open(path, "class"), Throws.TypeOf<SceneException>().With.Message.StartsWith(path).And.Message.Contains(reason));
    }

    [Test]
    public void A_geopackage_without_the_column_is_refused_with_its_columns()
    {
        var path = folder.File("columns.gpkg");
        WriteGeoPackage(path, (Field, "1"));

        Assert.That(() => PolygonFile.Open(path, "crop"), Throws.TypeOf<SceneException>().With.Message.Contains("'crop'").And.Message.Contains("class"));
        File.WriteAllText(path, "no database");
        Assert.That(() => PolygonFile.Open(path, "class"), Throws.TypeOf<SceneException>().With.Message.Contains("no sound GeoPackage"));
    }

    [Test]
    public void A_polygon_covers_pixels_lies_between_their_centres_or_elsewhere()
    {
        var file = PolygonFile.Open(GeoJson("places", scene.Epsg, (Field, "1"), ("POLYGON ((20 -20, 40 -20, 40 -40, 20 -40, 20 -20))", "1"), ("POLYGON ((-9 -20, 9 -20, 9 -29, -9 -29, -9 -20))", "1"), ("POLYGON ((9000 0, 9300 0, 9300 -300, 9000 0))", "1")), "class");

        Assert.That(file.Polygons.Select(polygon => file.CoversPixel(polygon, RasterGrid.Of(scene))), Is.EqualTo(new bool?[] { true, false, null, null }));
    }

    [Test]
    public void Only_polygons_near_a_grid_are_looked_at()
    {
        foreach (var epsg in new[] { scene.Epsg, 4326, scene.Epsg - 1 })
        {
            var file = PolygonFile.Open(GeoJson("near", epsg, (Field, "1"), ("POLYGON ((9000 0, 9300 0, 9300 -300, 9000 0))", "2"), (Wood, "3"), ("POLYGON ((0 9000, 300 9000, 300 9300, 0 9000))", "4")), "class");
            Assert.That(file.Near(RasterGrid.Of(scene)).Select(polygon => polygon.Label), Is.EqualTo(new[] { "1", "3" }));
        }
    }

    [Test]
    public void A_long_edge_bends_onto_a_grid_that_lies_outside_of_the_polygons_bounds()
    {
        var (middle, parallel) = MapProjection.FromLongitudeLatitude(32633, 15, 60);
        var file = Degrees("POLYGON ((12 59, 18 59, 18 60, 12 60, 12 59))");

        var drawn = Draw(file, new RasterGrid(20, 20, new GeoTransform(middle, parallel + 2000, 30), 32633));

        Assert.That(drawn!.Read(new RasterWindow(0, 0, 20, 20)), Is.All.EqualTo(1));
    }

    [Test]
    public void On_a_grid_across_the_180th_meridian_polygons_are_drawn_from_all_longitudes()
    {
        var (left, top) = MapProjection.FromLongitudeLatitude(32601, -180, 60);
        var grid = new RasterGrid(40, 40, new GeoTransform(left - 600, top + 600, 30), 32601);
        foreach (var (west, turns) in new[] { (-179.998, new[] { 0, 360 }), (179.992, new[] { 0, -360 }), (0.0, new[] { 0 }) })
        {
            var drawn = turns.Select(turn => Draw(Degrees(string.Create(CultureInfo.InvariantCulture,
                $"POLYGON (({west + turn} 60.001, {west + turn + 0.006} 60.001, {west + turn + 0.006} 60.004, {west + turn} 60.004, {west + turn} 60.001))")), grid)?.Read(new RasterWindow(0, 0, 40, 40))).ToArray();
            Assert.That(drawn, Is.All.EqualTo(drawn[0]));
            Assert.That(drawn[0]?.Count(code => code == 1), west == 0 ? Is.Null : Is.InRange(90, 140));
        }
    }

    private static PolygonFile Degrees(string outline) => new("x.geojson", 4326, [new LabelPolygon("feature 1", "1", [(Polygon)new WKTReader().Read(outline)])]);

    private static PolygonLabels? Draw(PolygonFile file, RasterGrid grid) => PolygonLabels.Draw([file], label => byte.Parse(label, CultureInfo.InvariantCulture), grid);

    private PolygonLabels? Draw(string path) =>
        PolygonLabels.Draw([PolygonFile.Open(path, "class")], label => byte.Parse(label, CultureInfo.InvariantCulture), RasterGrid.Of(scene));

    /// <summary>Codes by a test of each pixel's centre against the polygons.</summary>
    private static byte[] Expected()
    {
        var reader = new WKTReader();
        var (field, wood) = (reader.Read(Field), reader.Read(Wood));
        return [.. Enumerable.Range(0, 1600).Select(pixel =>
        {
            var centre = new Point(((pixel % 40) + 0.5) * 30, -((pixel / 40) + 0.5) * 30);
            return (byte)(field.Contains(centre) ? 1 : wood.Contains(centre) ? 2 : 0);
        })];
    }

    private string GeoJson(string name, int epsg, params (string Outline, string Label)[] polygons)
    {
        var features = polygons.Select(polygon =>
            $$$"""{"type":"Feature","properties":{"class":{{{polygon.Label}}}},"geometry":{"type":"Polygon","coordinates":[{{{string.Join(',', Rings(polygon.Outline, epsg))}}}]}}""");
        var system = epsg == 4326 ? "" : $$$""" "crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::{{{epsg}}}"}}, """;
        var path = folder.File(name + ".geojson");
        File.WriteAllText(path, $$$"""{"type":"FeatureCollection",{{{system}}}"features":[{{{string.Join(',', features)}}}]}""");
        return path;
    }

    private IEnumerable<string> Rings(string outline, int epsg)
    {
        var polygon = (Polygon)new WKTReader().Read(outline);
        return polygon.InteriorRings.Prepend(polygon.ExteriorRing).Select(ring => $"[{string.Join(',', ring.Coordinates.Select(corner =>
        {
            var (x, y) = (scene.GeoTransform.Left + corner.X, scene.GeoTransform.Top + corner.Y);
            if (epsg != scene.Epsg)
            {
                (x, y) = MapProjection.ToLongitudeLatitude(scene.Epsg, x, y);
                (x, y) = epsg == 4326 ? (x, y) : MapProjection.FromLongitudeLatitude(epsg, x, y);
            }

            return string.Create(CultureInfo.InvariantCulture, $"[{x:R},{y:R}]");
        }))}]");
    }

    private static void ExecuteIn(string path, params string[] statements)
    {
        using var database = new SqliteConnection($"Data Source={path};Pooling=False");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = string.Join(';', statements);
        command.ExecuteNonQuery();
    }

    private void WriteGeoPackage(string path, params (string Outline, string Label)[] polygons)
    {
        using var database = new SqliteConnection($"Data Source={path};Pooling=False");
        database.Open();
        Execute("CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER PRIMARY KEY, organization TEXT, organization_coordsys_id INTEGER)");
        Execute("CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INTEGER)");
        Execute("CREATE TABLE \"my fields\" (fid INTEGER PRIMARY KEY, geom BLOB, class INTEGER)");
        Execute($"INSERT INTO gpkg_spatial_ref_sys VALUES (7, 'EPSG', {scene.Epsg})");
        Execute("INSERT INTO gpkg_geometry_columns VALUES ('my fields', 'geom', 7)");
        foreach (var (outline, label) in polygons)
        {
            var polygon = new WKTReader().Read(outline);
            polygon.Apply(new NetTopologySuite.Geometries.Utilities.AffineTransformation(1, 0, scene.GeoTransform.Left, 0, 1, scene.GeoTransform.Top));
            Execute("INSERT INTO \"my fields\" (geom, class) VALUES ($geometry, $label)", ("$geometry", new GeoPackageGeoWriter().Write(polygon)), ("$label", int.Parse(label, CultureInfo.InvariantCulture)));
        }

        void Execute(string sql, params (string Name, object Value)[] values)
        {
            using var command = database.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, value) in values)
                command.Parameters.AddWithValue(name, value);
            command.ExecuteNonQuery();
        }
    }
}
