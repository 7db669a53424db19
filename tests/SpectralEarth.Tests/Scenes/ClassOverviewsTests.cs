using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Tiff;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Scenes;

public sealed class ClassOverviewsTests
{
    [TestCase(new byte[] { 5, 5, 2, 1 }, 5)]
    [TestCase(new byte[] { 1, 2, 3, 4 }, 1)]
    [TestCase(new byte[] { 0, 0, 0, 4 }, 4)]
    [TestCase(new byte[] { 0, 0, 0, 0 }, 0)]
    [TestCase(new byte[] { 0, 3, 7, 7 }, 7)]
    public void A_pixel_takes_the_most_frequent_class_of_the_four_below_it(byte[] four, byte expected)
    {
        var overviews = new ClassOverviews(width: 300, height: 2, noData: 0);
        var rows = new byte[600];
        four.AsSpan(0, 2).CopyTo(rows.AsSpan(100));
        four.AsSpan(2, 2).CopyTo(rows.AsSpan(400));

        overviews.Add(0, 2, rows);

        Assert.That(overviews.Levels().First().Codes[50], Is.EqualTo(expected));
    }

    [TestCase(256, 256, new int[0])]
    [TestCase(257, 3, new[] { 129, 2 })]
    [TestCase(1201, 700, new[] { 601, 350, 301, 175, 151, 88 })]
    public void Copies_are_made_until_one_fits_into_a_tile(int width, int height, int[] sides)
    {
        var overviews = new ClassOverviews(width, height, noData: 0);

        overviews.Add(0, height, new byte[width * height]);

        Assert.That(overviews.Levels().SelectMany(level => new[] { level.Width, level.Height }), Is.EqualTo(sides));
    }

    [Test]
    public void Rows_in_portions_give_the_same_copies_as_all_rows_at_once()
    {
        var (width, height) = (301, 517);
        var codes = Enumerable.Range(0, width * height).Select(pixel => (byte)(pixel * 7 / 11 % 5)).ToArray();
        var (whole, parts) = (new ClassOverviews(width, height, 0), new ClassOverviews(width, height, 0));

        whole.Add(0, height, codes);
        for (var row = 0; row < height; row += 64)
            parts.Add(row, Math.Min(64, height - row), codes.AsSpan(row * width, Math.Min(64, height - row) * width));

        Assert.That(parts.Levels().Select(level => level.Codes), Is.EqualTo(whole.Levels().Select(level => level.Codes)));
    }

    [Test]
    public void GDAL_reads_the_copies_of_a_written_map()
    {
        using var folder = new TemporaryFolder();
        var grid = new RasterGrid(700, 530, new GeoTransform(364095, 5809965, 30), 32633);
        GeoTiffWriter.WriteClasses(folder.File("map.tif"), grid, [new(1, "meadow", "#66aa33"), new(4, "sand", "#ddcc88")], noData: 0, (row, rows, codes) =>
        {
            for (var pixel = 0; pixel < codes.Length; pixel++)
                codes[pixel] = (byte)(pixel % 700 < 350 ? 1 : 4);
        });

        var info = Gdal.Run("gdalinfo", folder.File("map.tif"));
        var coarse = Gdal.Run("gdallocationinfo", "-valonly", "-overview", "2", folder.File("map.tif"), "600", "20");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(info, Does.Contain("Overviews: 350x265, 175x133"));
            Assert.That(coarse.Trim(), Is.EqualTo("4"));
            using var map = LabelRaster.Open(folder.File("map.tif"));
            Assert.That((map.Width, map.Height), Is.EqualTo((700, 530)));
            Assert.That(map.Read(new RasterWindow(340, 528, 20, 1)), Is.EqualTo(Enumerable.Repeat((byte)1, 10).Concat(Enumerable.Repeat((byte)4, 10))));
        }
    }
}
