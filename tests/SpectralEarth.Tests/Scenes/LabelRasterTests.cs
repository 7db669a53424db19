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
            $"{folder.File("labels.tif")}: code {code} at column 1, row 1; expected 0 to 255. " +
            $"Give the classes codes from 1 to 255, for example with gdal_calc.py; if this one says unlabelled: gdal_edit.py -a_nodata {code} FILE."));
    }

    [Test]
    public void Whole_numbers_of_64_bits_and_of_floating_point_are_codes(
        [Values("UInt64", "Int64", "Float32", "Float64")] string kind, [Values("None", "Lzw", "Deflate", "DeflateOld", "PackBits", "Zstd")] string compression)
    {
        using var folder = new TemporaryFolder();
        for (var arrangement = 0; arrangement < 16; arrangement++)
        {
            var truth = kind switch
            {
                "UInt64" => RandomRaster.Of<ulong>(arrangement, 3, [1UL, 2, ulong.MaxValue, 255, 0, 6], "18446744073709551615"),
                "Int64" => RandomRaster.Of<long>(arrangement, 3, [1L, 2, long.MinValue, 255, 0, 6], "-9223372036854775808"),
                "Float32" => RandomRaster.Of<float>(arrangement, 3, [1F, 2, float.MinValue, 255, -0F, 6], "-3.40282346638529e+38"),
                _ => RandomRaster.Of<double>(arrangement, 3, [1D, 2, double.NaN, 255, 0, 6], "nan"),
            };
            PlainTiff.Write(folder.File("labels.tif"), truth, isBig: (arrangement & 8) != 0, Enum.Parse<TiffCompression>(compression));
            using var labels = LabelRaster.Open(folder.File("labels.tif"));

            Assert.That(labels.Read(new RasterWindow(-1, 0, 4, 3)), Is.EqualTo(new byte[] { 0, 1, 2, 0, 0, 255, 0, 6, 0, 0, 0, 0 }), truth.ToString());
        }
    }

    [Test]
    public void Large_codes_get_new_ones_whatever_their_type([Values("UInt32", "Int64", "UInt64", "Float64")] string kind)
    {
        using var folder = new TemporaryFolder();
        const long rye = 3301090205, maize = 3301010600;
        var truth = kind switch
        {
            "UInt32" => RandomRaster.Of<uint>(0, 2, [(uint)rye, (uint)maize, 0U, 7U]),
            "Int64" => RandomRaster.Of<long>(0, 2, [rye, maize, 0, 7]),
            "UInt64" => RandomRaster.Of<ulong>(0, 2, [(ulong)rye, (ulong)maize, 0UL, 7UL]),
            _ => RandomRaster.Of<double>(0, 2, [rye, maize, 0D, 7]),
        };
        PlainTiff.Write(folder.File("labels.tif"), truth, isBig: false, TiffCompression.None);
        using var labels = LabelRaster.Open(folder.File("labels.tif"));
        var unknown = new List<long>();

        var codes = labels.Read(new RasterWindow(0, 0, 2, 2), new Dictionary<long, byte> { [rye] = 1, [maize] = 2 }, unknown.Add);

        Assert.That(codes, Is.EqualTo(new byte[] { 1, 2, 0, 0 }));
        Assert.That(unknown, Is.EqualTo(new[] { 7L }));
    }

    [TestCase(1.5, null, "1.5", "a whole number")]
    [TestCase(double.NaN, null, "NaN", "a whole number")]
    [TestCase(double.NaN, "-1", "NaN", "a whole number")]
    [TestCase(double.PositiveInfinity, "nan", "Infinity", "a whole number")]
    [TestCase(-2.0, "-1", "-2", "0 to 255.")]
    [TestCase(256.0, "-1", "256", "0 to 255.")]
    [TestCase(1e300, "-1", "1E+300", "0 to 255.")]
    public void A_floating_point_number_that_is_no_code_is_refused_with_its_place(double value, string? noData, string found, string expected)
    {
        using var folder = new TemporaryFolder();
        PlainTiff.Write(folder.File("labels.tif"), RandomRaster.Of<double>(0, 3, [0, 1, 2, 3, value, 5], noData), isBig: false, TiffCompression.None);
        using var labels = LabelRaster.Open(folder.File("labels.tif"));

        Assert.That(() => labels.Read(new RasterWindow(0, 0, 3, 2)), Throws.TypeOf<SceneException>().With.Message.StartsWith(
            $"{folder.File("labels.tif")}: code {found} at column 1, row 1; expected {expected}"));
        if (expected.StartsWith('a'))
            Assert.That(() => labels.Read(new RasterWindow(0, 0, 3, 2), new Dictionary<long, byte>(), _ => { }), Throws.TypeOf<SceneException>().With.Message.Contains(expected));
    }

    [Test]
    public void A_no_data_value_that_no_sample_can_have_marks_none()
    {
        using var folder = new TemporaryFolder();
        GeoTiffWriter.WriteImage<byte>(folder.File("labels.tif"), new RasterGrid(2, 1, Place, 32633), 1, new TiffEncoding(), 300, (_, _, codes) => new byte[] { 255, 44 }.CopyTo(codes));
        using var labels = LabelRaster.Open(folder.File("labels.tif"));

        Assert.That(labels.Read(new RasterWindow(0, 0, 2, 1)), Is.EqualTo(new byte[] { 255, 44 }));
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

    [TestCase(32633, "gdalwarp -tr 30 30 IN.TIF OUT.TIF.")]
    [TestCase(4326, "gdalwarp -t_srs EPSG:326ZZ (ZZ: UTM zone of the scene; 327ZZ in the south) -tr 30 30 IN.TIF OUT.TIF.")]
    public void Oblong_pixels_are_refused_with_a_command_in_metres(int epsg, string command)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("labels.tif");
        GeoTiffWriter.WriteImage<byte>(path, new RasterGrid(3, 2, new GeoTransform(13, 52, 0.5), epsg), 1, new TiffEncoding(), null, (_, _, _) => { });
        var bytes = File.ReadAllBytes(path);
        BitConverter.GetBytes(0.25).CopyTo(bytes, bytes.AsSpan().IndexOf([.. BitConverter.GetBytes(0.5), .. BitConverter.GetBytes(0.5)]));
        File.WriteAllBytes(path, bytes);

        Assert.That(() => LabelRaster.Open(path), Throws.TypeOf<SceneException>().With.Message.EqualTo(
            $"labels.tif: pixels are 0.25 x 0.5 at (13, 52); expected square pixels, north up. Resample it: {command}"));
    }

    [TestCase("")]
    [TestCase("*.tif")]
    [TestCase("labels-202?.tif")]
    public void A_folder_or_pattern_is_refused_with_the_word_to_name_files(string name)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, name);

        Assert.That(() => LabelRaster.Open(path), Throws.TypeOf<SceneException>().With.Message.StartsWith($"{path}: a folder or pattern;").And.Message.Contains("Name the files"));
    }

    [Test]
    public void Several_bands_are_refused()
    {
        using var folder = new TemporaryFolder();
        GeoTiffWriter.WriteImage<byte>(folder.File("labels.tif"), new RasterGrid(3, 2, Place, 32633), 2, new TiffEncoding(), null, (_, _, _) => { });

        Assert.That(() => LabelRaster.Open(folder.File("labels.tif")), Throws.TypeOf<SceneException>().With.Message.StartsWith(
            $"{folder.File("labels.tif")}: 2 bands; expected labels in a single band."));
    }

    [Test]
    public void Labels_off_the_pixels_of_a_scene_or_apart_from_it_are_named_with_found_and_expected()
    {
        using var fixture = new ProductFixture();
        using var folder = new TemporaryFolder();
        using var scene = Scene.Open(fixture.Product);
        var (grid, file) = (RasterGrid.Of(scene), folder.File("labels.tif"));
        const string Warp = "gdalwarp -t_srs EPSG:32633 -te 364095 5808525 365535 5809965 -tr 30 30 -r mode IN.TIF OUT.TIF.";

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Problem(grid), Is.Null);
            Assert.That(Problem(grid with { GeoTransform = new GeoTransform(364095.000001, 5809964.999999, 30.000000000000004) }), Is.Null);
            Assert.That(Problem(grid with { Width = 40, GeoTransform = Place.Shifted(47, -5) }), Is.Null, "one column of the scene");
            Assert.That(Problem(grid with { Epsg = 32632 }), Is.EqualTo($"reference system EPSG:32632; expected EPSG:32633, that of the scene. Resample the labels: {Warp}"));
            Assert.That(Problem(grid with { GeoTransform = Place with { Left = 364105 } }), Does.StartWith("grid at left 364105 m, top 5809965 m, pixels of 30 m: its pixels do not coincide with those of the scene, left 364095 m"));
            Assert.That(Problem(grid with { GeoTransform = Place with { PixelSizeM = 10 } }), Does.Contain("pixels of 10 m: its pixels do not coincide").And.EndsWith(Warp));
            Assert.That(Problem(grid with { GeoTransform = Place.Shifted(48, 0) }), Does.StartWith("48 x 48 pixels at left 365535 m, top 5809965 m, pixels of 30 m, do not overlap the scene; expected left 364095 m"));
        }

        string? Problem(RasterGrid place)
        {
            GeoTiffWriter.WriteImage<byte>(file, place, 1, new TiffEncoding(), null, (_, _, _) => { });
            using var labels = LabelRaster.Open(file);
            return labels.MatchProblem(grid, "the scene");
        }
    }

    [Test]
    public void Labels_of_a_region_are_read_as_pixels_of_a_grid_and_are_0_outside_of_it()
    {
        using var folder = new TemporaryFolder();
        GeoTiffWriter.WriteImage<byte>(folder.File("labels.tif"), new RasterGrid(4, 3, Place, 32633), 1, new TiffEncoding(), null, (_, _, codes) =>
            new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }.CopyTo(codes));
        using var labels = LabelRaster.Open(folder.File("labels.tif"));

        // The grid begins at label 6 and has two columns and three rows, of which the labels cover two.
        var placed = labels.On(new RasterGrid(2, 3, Place.Shifted(1, 1), 32633));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(placed.Window, Is.EqualTo(new RasterWindow(0, 0, 2, 2)));
            Assert.That(placed.Read(new RasterWindow(-1, -1, 4, 5)), Is.EqualTo(new byte[] { 0, 0, 0, 0, 0, 6, 7, 0, 0, 10, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0 }));
            Assert.That(placed.Read(new RasterWindow(1, 1, 1, 2)), Is.EqualTo(new byte[] { 11, 0 }));
            Assert.That(placed.Read(new RasterWindow(9, 9, 2, 1)), Is.EqualTo(new byte[] { 0, 0 }));
            Assert.That(() => labels.On(new RasterGrid(2, 3, Place with { Left = 0 }, 32633)), Throws.InvalidOperationException);
        }
    }
}
