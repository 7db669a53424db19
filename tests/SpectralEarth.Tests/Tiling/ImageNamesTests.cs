using SpectralEarth.Scenes;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

/// <summary>Images are told apart by the names of their files.</summary>
public sealed class ImageNamesTests
{
    private const string Name = "20220724.tif";

    private TemporaryFolder folder = null!;

    [SetUp]
    public void WriteImages()
    {
        folder = new TemporaryFolder();
        Write("a", left: 364_095);
        Write("b", left: 364_095 + (96 * 30));
        Directory.CreateDirectory(folder.File("c"));
        File.Copy(folder.File($"a/{Name}"), folder.File($"c/{Name}"));
    }

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [TestCase("a", "b", "c")]
    [TestCase("c", "b", "a")]
    public void Different_images_of_one_name_are_told_from_one_that_is_named_twice(params string[] order)
    {
        var rejected = Tiler.Run(Options(order)).Rejected;

        Assert.That(rejected.Select(one => one.Path), Is.EqualTo(new[] { folder.File($"b/{Name}"), folder.File($"c/{Name}") }));
        Assert.That(rejected[0].Reason, Is.EqualTo($"Another image, {folder.File($"a/{Name}")}, has the same name, by which scenes are told apart. Rename one of them; the time stays in the name."));
        Assert.That(rejected[1].Reason, Is.EqualTo($"The same product as {folder.File($"a/{Name}")}. Name it once."));
    }

    [TestCase("b", TestName = "Another place")]
    [TestCase("d", TestName = "Another size")]
    public void Another_image_with_the_name_of_one_in_the_data_set_does_not_pass_for_present(string other)
    {
        Write("d", left: 364_095, height: 24);
        Tiler.Run(Options("a"));
        Assert.That(Tiler.Forecast(Options("c")).Rejected, Is.Empty);

        var forecast = Tiler.Forecast(Options(other));
        var report = Tiler.Run(Options(other));

        Assert.That(report.Rejected.Select(one => one.Path), Is.EqualTo(new[] { folder.File($"{other}/{Name}") }));
        Assert.That(report.Rejected[0].Reason, Does.StartWith("The data set holds another image of this name"));
        Assert.That(forecast.Rejected, Is.EqualTo(report.Rejected));
    }

    private TileOptions Options(params string[] names) => new()
    {
        Scenes = [.. names.Select(folder.File)],
        Output = folder.File("out"),
        Sensor = "eo1",
        PatchSize = 16,
    };

    private void Write(string name, double left, int height = 32)
    {
        Directory.CreateDirectory(folder.File(name));
        var grid = new RasterGrid(32, height, new GeoTransform(left, 5_809_965, 30), 32633);
        GeoTiffWriter.WriteImage<short>(folder.File($"{name}/{Name}"), grid, 198, new TiffEncoding { RowsPerStrip = 8 }, null, (_, _, samples) => samples.Fill(7));
    }
}
