using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Tiff;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Scenes;

public sealed class GeoTiffWriterTests
{
    private static readonly RasterGrid Grid = new(300, 270, new GeoTransform(364095, 5809965, 30), 32733);

    [Test]
    public void A_class_map_is_read_back_with_its_place_and_no_data()
    {
        using var folder = new TemporaryFolder();

        GeoTiffWriter.WriteClasses(folder.File("map.tif"), Grid, [new(1, "a", "#000000")], noData: 9, (firstRow, rows, codes) =>
        {
            for (var i = 0; i < codes.Length; i++)
                codes[i] = (byte)((firstRow + (i / 300) + (i % 300)) % 9);
        });

        using var map = LabelRaster.Open(folder.File("map.tif"));
        var codes = map.Read(new RasterWindow(0, 0, 300, 270));
        Assert.That((map.Epsg, map.GeoTransform), Is.EqualTo((32733, Grid.GeoTransform)));
        Assert.That(codes, Is.EqualTo(Enumerable.Range(0, codes.Length).Select(i => (byte)(((i / 300) + (i % 300)) % 9))));
        Assert.That(Directory.GetFiles(folder.Path).Select(Path.GetFileName), Is.EquivalentTo(["map.tif", "map.tif.aux.xml"]));
    }

    [Test]
    public void A_failure_while_rows_are_made_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("map.tif"), "old");

        Assert.That(() => GeoTiffWriter.WriteClasses(folder.File("map.tif"), Grid, [], 0, (_, _, _) => throw new InvalidOperationException("stop")), Throws.InvalidOperationException);

        Assert.That(File.ReadAllText(folder.File("map.tif")), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
    }

    [TestCase(0)]
    [TestCase(5_000)]
    [TestCase(150_000)]
    public void A_full_disk_is_reported_as_such(int room)
    {
        using var disk = new FullDisk(room);

        Assert.That(() => WriteImage(disk), Throws.TypeOf<IOException>().With.Message.EqualTo("No space left on device."));

        static void WriteImage(Stream stream)
        {
            using var file = new TiffBlockFile<short>(stream, new GeoTiffTags(Grid, null, null, []), 1, new TiffEncoding());
            file.WriteAll((_, _, _) => { });
        }
    }

    [Test]
    public void A_colour_that_is_none_is_refused()
    {
        using var folder = new TemporaryFolder();

        Assert.That(() => GeoTiffWriter.WriteClasses(folder.File("map.tif"), Grid, [new(3, "moss", "green")], 0, (_, _, _) => { }), Throws.TypeOf<FormatException>().With.Message.EqualTo(
            "Class 3 (moss) has the colour 'green'; expected #RRGGBB."));
    }

    /// <summary>A stream that takes only so many bytes.</summary>
    private sealed class FullDisk(int room) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            if (Position + count > room)
                throw new IOException("No space left on device.");
            base.Write(buffer, offset, count);
        }
    }
}
