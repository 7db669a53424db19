using SpectralEarth.Scenes;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

public sealed class PatchGridTests
{
    [Test]
    public void The_real_scene_lies_at_its_known_position()
    {
        Assert.That(PatchGrid.PositionOf(new GeoTransform(364_095, 5_809_965, 30)), Is.EqualTo((139_668, 12_136)));
    }

    [TestCase(364_095, 5_809_965, 15, "Pixels of 15 m")]
    [TestCase(364_090, 5_809_965, 30, "odd multiples of 15 m")]
    [TestCase(364_095, 5_809_980, 30, "odd multiples of 15 m")]
    [TestCase(364_095, 10_009_995, 30, "outside the UTM zone")]
    public void A_scene_off_the_grid_is_refused(double left, double top, double pixelSize, string reason)
    {
        var error = Assert.Throws<SceneException>(() => PatchGrid.PositionOf(new GeoTransform(left, top, pixelSize)));

        Assert.That(error!.Message, Does.Contain(reason));
    }

    [TestCase(128, 128, 139_668, 12_136, 160, 160)]
    [TestCase(32, 32, 139_668, 12_136, 160, 160)]
    [TestCase(32, 32, 64, 32, 64, 32)]
    [TestCase(32, 16, 100, 100, 50, 70)]
    [TestCase(16, 40, 100, 100, 90, 130)]
    public void Covering_locations_are_those_on_the_grid_that_touch_the_raster(int size, int stride, int row, int column, int height, int width)
    {
        var grid = new PatchGrid(size, stride);

        var found = grid.Covering((row, column), width, height).ToArray();

        var expected =
            from top in Enumerable.Range(0, 5000 + (row / stride)).Select(number => number * stride)
            where top + size > row && top < row + height
            from left in Enumerable.Range(0, 5000 + (column / stride)).Select(number => number * stride)
            where left + size > column && left < column + width
            select new GridPatch(top, left, top - row, left - column);
        Assert.That(found, Is.EqualTo(expected));
    }

    [Test]
    public void Location_ids_sort_by_zone_row_and_column()
    {
        var grid = new PatchGrid(128, 128);

        var id = grid.LocationId(32633, new GridPatch(45_312, 896, 0, 0));

        Assert.That(id, Is.EqualTo("32633-128-r0045312-c0000896"));
        Assert.That(string.CompareOrdinal(id, grid.LocationId(32633, new GridPatch(139_648, 128, 0, 0))), Is.Negative);
    }

    [Test]
    public void Two_scenes_of_the_same_ground_share_locations()
    {
        var grid = new PatchGrid(64, 64);
        var (first, second) = (new GeoTransform(364_095, 5_809_965, 30), new GeoTransform(364_095 + (30 * 37), 5_809_965 + (30 * 11), 30));

        var places = new[] { first, second }.Select(place => grid.Covering(PatchGrid.PositionOf(place), 200, 200)
            .ToDictionary(patch => grid.LocationId(32633, patch), patch => place.Shifted(patch.SceneColumn, patch.SceneRow))).ToArray();

        var shared = places[0].Keys.Intersect(places[1].Keys).ToArray();
        Assert.That(shared, Is.Not.Empty);
        Assert.That(shared.Select(id => places[1][id]), Is.EqualTo(shared.Select(id => places[0][id])));
    }
}
