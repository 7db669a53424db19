using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Shards;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

public sealed class GroundStripTests
{
    private const int Side = 16;

    [TestCase(0.0)]
    [TestCase(0.3)]
    [TestCase(0.9)]
    public void Looking_at_the_class_layer_first_leaves_out_no_patch_that_passes(double maxNoData)
    {
        using var folder = new TemporaryFolder();
        var product = Product(folder);
        using var scene = Scene.Open(product);
        var bands = Enumerable.Range(1, 40).ToArray();
        var grid = new PatchGrid(Side, Side);
        var expected = grid.Covering(PatchGrid.PositionOf(scene.GeoTransform), scene.Width, scene.Height)
            .Where(place => Missing(scene, place, bands) <= maxNoData)
            .Select(place => grid.LocationId(scene.Epsg, place)).Order(StringComparer.Ordinal).ToArray();

        var report = Tiler.Run(new TileOptions
        {
            Scenes = [product],
            Output = folder.File("out"),
            PatchSize = Side,
            Bands = bands,
            MaxNoData = maxNoData,
            MaxShares = new Dictionary<PixelQuality, double>(),
        });

        Assert.That(expected, Has.Length.GreaterThan(4));
        Assert.That(Dataset.Open(folder.File("out")).Catalog.Select(patch => patch.LocationId), Is.EqualTo(expected));
        Assert.That(report.SkippedNoData, Is.EqualTo(grid.Covering(PatchGrid.PositionOf(scene.GeoTransform), scene.Width, scene.Height).Count() - expected.Length));
    }

    [Test]
    public void Without_the_class_layer_all_of_the_scene_may_be_ground()
    {
        using var folder = new TemporaryFolder();
        var product = Product(folder);
        File.Delete(Directory.GetFiles(product, "*QL_QUALITY_CLASSES.TIF").Single());
        using var scene = Scene.Open(product);
        var (inner, overhanging) = (new GridPatch(0, 0, 8, 8), new GridPatch(0, 0, -4, 8));

        Assert.That(Missing(inner), Is.Zero);
        Assert.That(Missing(overhanging), Is.EqualTo(0.25));

        double Missing(GridPatch place) => new GroundStrip(scene, ScenePlaces.Window([place], Side)).MissingShare(place, Side);
    }

    private static string Product(TemporaryFolder folder) => SceneSynthesizer.Write(
        new SynthesisOptions { OutputFolder = folder.File("in"), Scenes = 1, Dates = 1, SizePx = 100, Seed = 3 }).Single().Products.Single();

    private static double Missing(Scene scene, GridPatch place, int[] bands)
    {
        var validity = new byte[Side * Side];
        scene.ReadValidity(ScenePlaces.Window([place], Side), bands, validity);
        return validity.Count(pixel => pixel == 0) / (double)validity.Length is var share && share < 1 ? share : double.PositiveInfinity;
    }
}
