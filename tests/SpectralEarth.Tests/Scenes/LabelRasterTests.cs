using SpectralEarth.Scenes;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Scenes;

public sealed class LabelRasterTests
{
    private static readonly GeoTransform Place = new(364095, 5809965, 30);

    [Test]
    public void Codes_of_wider_types_are_narrowed_and_no_data_is_unlabelled()
    {
        using var folder = new TemporaryFolder();
        GeoTiffWriter.WriteImage<short>(folder.File("labels.tif"), new RasterGrid(3, 2, Place, 32633), 1, new TiffEncoding(), -1, (_, _, codes) =>
            new short[] { 1, 2, -1, 255, 0, 6 }.CopyTo(codes));
        using var labels = LabelRaster.Open(folder.File("labels.tif"));

        var codes = labels.Read(new RasterWindow(-1, 0, 4, 3));

        Assert.That(codes, Is.EqualTo(new byte[] { 0, 1, 2, 0, 0, 255, 0, 6, 0, 0, 0, 0 }));
    }

    [TestCase((short)256)]
    [TestCase((short)-2)]
    public void A_code_that_is_no_byte_is_refused_with_its_place(short code)
    {
        using var folder = new TemporaryFolder();
        GeoTiffWriter.WriteImage<short>(folder.File("labels.tif"), new RasterGrid(3, 2, Place, 32633), 1, new TiffEncoding(), null, (_, _, codes) => codes[4] = code);
        using var labels = LabelRaster.Open(folder.File("labels.tif"));

        Assert.That(() => labels.Read(new RasterWindow(0, 0, 3, 2)), Throws.TypeOf<SceneException>().With.Message.EqualTo(
            $"labels.tif: code {code} at column 1, row 1; expected 0 to 255."));
    }

    [TestCase(30.000000000000004, null)]
    [TestCase(29.9999999999999, null)]
    [TestCase(30.01, "pixels are 30.01 x 30 at")]
    public void The_size_of_pixels_may_be_off_by_rounding_only(double width, string? problem)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("labels.tif");
        GeoTiffWriter.WriteImage<byte>(path, new RasterGrid(3, 2, Place, 32633), 1, new TiffEncoding(), null, (_, _, _) => { });
        var bytes = File.ReadAllBytes(path);
        var scale = bytes.AsSpan().IndexOf([.. BitConverter.GetBytes(30.0), .. BitConverter.GetBytes(30.0)]);
        BitConverter.GetBytes(width).CopyTo(bytes, scale);
        File.WriteAllBytes(path, bytes);

        if (problem is not null)
        {
            Assert.That(() => LabelRaster.Open(path), Throws.TypeOf<SceneException>().With.Message.Contains(problem));
            return;
        }

        using var labels = LabelRaster.Open(path);
        Assert.That(labels.GeoTransform, Is.EqualTo(Place));
    }

    [Test]
    public void Several_bands_are_refused()
    {
        using var folder = new TemporaryFolder();
        GeoTiffWriter.WriteImage<byte>(folder.File("labels.tif"), new RasterGrid(3, 2, Place, 32633), 2, new TiffEncoding(), null, (_, _, _) => { });

        Assert.That(() => LabelRaster.Open(folder.File("labels.tif")), Throws.TypeOf<SceneException>().With.Message.StartsWith(
            "labels.tif: 2 bands; expected labels in a single band."));
    }

    [Test]
    public void Another_system_size_or_place_is_named_with_found_and_expected()
    {
        using var fixture = new ProductFixture();
        using var folder = new TemporaryFolder();
        using var scene = Scene.Open(fixture.Product);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Problem(RasterGrid.Of(scene)), Is.Null);
            Assert.That(Problem(RasterGrid.Of(scene) with { GeoTransform = new GeoTransform(364095.000001, 5809964.999999, 30.000000000000004) }), Is.Null);
            Assert.That(Problem(RasterGrid.Of(scene) with { Epsg = 32632 }), Does.StartWith("labels.tif: reference system EPSG:32632; expected EPSG:32633, that of the scene."));
            Assert.That(Problem(RasterGrid.Of(scene) with { Width = 40 }), Does.StartWith("labels.tif: 40 x 48 pixels; expected 48 x 48, the size of the scene."));
            Assert.That(Problem(RasterGrid.Of(scene) with { GeoTransform = Place.Shifted(1, 0) }), Does.StartWith("labels.tif: grid at left 364125 m, top 5809965 m, pixels of 30 m; expected left 364095 m"));
        }

        string? Problem(RasterGrid grid)
        {
            GeoTiffWriter.WriteImage<byte>(folder.File("labels.tif"), grid, 1, new TiffEncoding(), null, (_, _, _) => { });
            using var labels = LabelRaster.Open(folder.File("labels.tif"));
            return labels.MatchProblem(scene);
        }
    }
}
