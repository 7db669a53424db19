using SpectralEarth.Randomness;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Tiff;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Scenes;

/// <summary>What GDAL writes we read, and what we write GDAL reads.</summary>
public sealed class GdalTests
{
    private static readonly RasterGrid Grid = new(300, 210, new GeoTransform(364095, 5809965, 30), 32633);

    [TestCase("GTiff", "COMPRESS=DEFLATE", "PREDICTOR=2", "ENDIANNESS=BIG")]
    [TestCase("GTiff", "COMPRESS=LZW", "PREDICTOR=2", "ENDIANNESS=BIG", "TILED=YES", "INTERLEAVE=PIXEL")]
    [TestCase("GTiff", "COMPRESS=LZW", "PREDICTOR=2", "TILED=YES", "INTERLEAVE=BAND", "BLOCKXSIZE=64", "BLOCKYSIZE=32")]
    [TestCase("GTiff", "COMPRESS=ZSTD", "PREDICTOR=2", "BIGTIFF=YES", "INTERLEAVE=PIXEL")]
    [TestCase("GTiff", "COMPRESS=PACKBITS", "BIGTIFF=YES", "ENDIANNESS=BIG", "INTERLEAVE=BAND")]
    [TestCase("GTiff", "INTERLEAVE=PIXEL", "BLOCKYSIZE=7")]
    [TestCase("GTiff", "SPARSE_OK=TRUE", "TILED=YES", "COMPRESS=DEFLATE")]
    [TestCase("COG", "COMPRESS=DEFLATE", "PREDICTOR=YES", "BLOCKSIZE=128")]
    [TestCase("COG", "COMPRESS=LZW", "BLOCKSIZE=256")]
    public void Every_form_that_GDAL_writes_is_read_like_the_plain_one(string driver, params string[] options)
    {
        using var folder = new TemporaryFolder();
        GeoTiffWriter.WriteImage<short>(folder.File("plain.tif"), Grid, 5, new TiffEncoding(), -32768, FillSmooth);
        Gdal.Run("gdal_translate", ["-q", "-of", driver, .. options.SelectMany(option => new[] { "-co", option }), folder.File("plain.tif"), folder.File("other.tif")]);

        using var plain = TiffRaster.Open(folder.File("plain.tif"));
        using var other = TiffRaster.Open(folder.File("other.tif"));

        Assert.That(other.Georeference, Is.EqualTo(plain.Georeference));
        Assert.That(Read(other).AsSpan().SequenceEqual(Read(plain)), Is.True);
    }

    [Test]
    public void Labels_of_every_type_that_GDAL_writes_are_read_alike(
        [Values("UInt64", "Int64", "Float32", "Float64")] string type,
        [Values("", "COMPRESS=DEFLATE PREDICTOR=2", "COMPRESS=ZSTD PREDICTOR=2 ENDIANNESS=BIG TILED=YES", "COMPRESS=LZW PREDICTOR=2 BIGTIFF=YES", "SPARSE_OK=TRUE TILED=YES BLOCKXSIZE=16 BLOCKYSIZE=16")] string options)
    {
        using var folder = new TemporaryFolder();
        GeoTiffWriter.WriteImage<byte>(folder.File("plain.tif"), Grid, 1, new TiffEncoding(), 9, (row, rows, codes) =>
        {
            for (var i = 0; i < codes.Length; i++)
                codes[i] = (byte)(row + (i / Grid.Width) < 100 ? 9 : i % 256);
        });
        Gdal.Run("gdal_translate", ["-q", "-ot", type, "-a_nodata", "9", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(option => new[] { "-co", option }), folder.File("plain.tif"), folder.File("other.tif")]);

        using var plain = LabelRaster.Open(folder.File("plain.tif"));
        using var other = LabelRaster.Open(folder.File("other.tif"));

        var whole = new RasterWindow(0, 0, Grid.Width, Grid.Height);
        Assert.That(other.Read(whole).AsSpan().SequenceEqual(plain.Read(whole)), Is.True);
    }

    [TestCase("INTERLEAVE=PIXEL")]
    [TestCase("INTERLEAVE=BAND", "BLOCKYSIZE=7")]
    [TestCase("INTERLEAVE=PIXEL", "TILED=YES", "COMPRESS=LZW")]
    [TestCase("INTERLEAVE=BAND", "TILED=YES", "COMPRESS=ZSTD", "ENDIANNESS=BIG")]
    [TestCase("INTERLEAVE=BAND", "COMPRESS=PACKBITS")]
    public void Single_bits_are_read_like_bytes(params string[] options)
    {
        using var folder = new TemporaryFolder();
        GeoTiffWriter.WriteImage<byte>(folder.File("plain.tif"), Grid, 5, new TiffEncoding(), null, (row, _, samples) =>
        {
            for (var i = 0; i < samples.Length; i++)
                samples[i] = (byte)((i + (row * 3)) % 11 / 9);
        });
        Gdal.Run("gdal_translate", ["-q", "-co", "NBITS=1", .. options.SelectMany(option => new[] { "-co", option }), folder.File("plain.tif"), folder.File("bits.tif")]);
        using var plain = TiffRaster.Open(folder.File("plain.tif"));
        using var bits = TiffRaster.Open(folder.File("bits.tif"));

        Assert.That(bits.Layout.HasBits, Is.True);
        Assert.That(Bytes(bits).AsSpan().SequenceEqual(Bytes(plain)), Is.True);

        static byte[] Bytes(TiffRaster raster)
        {
            var samples = new byte[5 * Grid.Width * Grid.Height];
            raster.Read(new RasterWindow(0, 0, Grid.Width, Grid.Height), [1, 2, 3, 4, 5], samples, (byte)7);
            return samples;
        }
    }

    [Test]
    public void The_floating_point_predictor_is_refused_with_a_command_that_helps()
    {
        using var folder = new TemporaryFolder();
        GeoTiffWriter.WriteImage<byte>(folder.File("plain.tif"), Grid, 1, new TiffEncoding(), 0, (_, _, codes) => codes.Fill(3));
        Gdal.Run("gdal_translate", "-q", "-ot", "Float64", "-co", "COMPRESS=DEFLATE", "-co", "PREDICTOR=3", folder.File("plain.tif"), folder.File("other.tif"));

        Assert.That(() => LabelRaster.Open(folder.File("other.tif")), Throws.TypeOf<SceneException>().With.Message.EndsWith("predictor 3 cannot be read; expected 1 or 2. Convert it: gdal_translate -co PREDICTOR=2."));

        Gdal.Run("gdal_translate", "-q", "-co", "PREDICTOR=2", folder.File("other.tif"), folder.File("converted.tif"));
        using var labels = LabelRaster.Open(folder.File("converted.tif"));
        Assert.That(labels.Read(new RasterWindow(0, 0, 2, 1)), Is.EqualTo(new byte[] { 3, 3 }));
    }

    [TestCase(32633, 10, 364075)]
    [TestCase(32632, 30, 770000)]
    public void The_command_in_the_reason_brings_labels_onto_the_grid(int epsg, double pixelSizeM, double left)
    {
        using var folder = new TemporaryFolder();
        var (input, output) = (folder.File("in.tif"), folder.File("out.tif"));
        GeoTiffWriter.WriteImage<byte>(input, new RasterGrid(600, 450, new GeoTransform(left, 5812000, pixelSizeM), epsg), 1, new TiffEncoding(), 0, (_, _, codes) => codes.Fill(3));
        string command;
        using (var labels = LabelRaster.Open(input))
            command = labels.MatchProblem(Grid, "the scene")!.Split("gdalwarp ")[1].TrimEnd('.');

        Gdal.Run("gdalwarp", ["-q", .. command.Split(' ').Select(word => word switch { "IN.TIF" => input, "OUT.TIF" => output, _ => word })]);

        using var warped = LabelRaster.Open(output);
        Assert.That(warped.Grid, Is.EqualTo(Grid));
        Assert.That(warped.Read(new RasterWindow(0, 0, Grid.Width, Grid.Height)), Has.Some.EqualTo(3));
    }

    [Test]
    public void GDAL_reads_place_colours_names_and_no_data_of_a_class_map()
    {
        using var folder = new TemporaryFolder();
        LabelClass[] classes = [new(1, "roof", "#c81e1e"), new(2, "pavement & road", "#808080"), new(6, "water", "#2060c0")];

        GeoTiffWriter.WriteClasses(folder.File("map.tif"), Grid, classes, noData: 0, (_, _, codes) => codes.Fill(6));

        var info = Gdal.Run("gdalinfo", folder.File("map.tif"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(info, Does.Contain("Size is 300, 210").And.Contain("ID[\"EPSG\",32633]"));
            Assert.That(info, Does.Contain("Origin = (364095.0").And.Contain("5809965.0").And.Contain("Pixel Size = (30.0"));
            Assert.That(info, Does.Contain("NoData Value=0").And.Contain("Block=256x256 Type=Byte, ColorInterp=Palette"));
            Assert.That(info, Does.Contain("1: roof").And.Contain("2: pavement & road").And.Contain("6: water"));
            Assert.That(info, Does.Contain("1: 200,30,30,255").And.Contain("6: 32,96,192,255"));
            Assert.That(info, Does.Contain("Overviews: 150x105"));
            Assert.That(info, Does.Contain("CLASS_2=pavement & road").And.Contain("COMPRESSION=DEFLATE"));
        }
    }

    [Test]
    public void GDAL_reads_values_and_names_of_probabilities()
    {
        using var folder = new TemporaryFolder();

        GeoTiffWriter.WriteBands<float>(folder.File("share.tif"), Grid, ["roof", "water"], float.NaN, scale: 0.5, (row, rows, values) =>
        {
            for (var i = 0; i < values.Length; i++)
                values[i] = (i / (rows * Grid.Width)) + ((row + (i % (rows * Grid.Width) / Grid.Width)) / 1000f);
        });

        var info = Gdal.Run("gdalinfo", "-stats", folder.File("share.tif"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(info, Does.Contain("Type=Float32").And.Contain("Scale:0.5").And.Contain("Description = roof").And.Contain("Description = water").And.Contain("NoData Value=nan"));
            Assert.That(info, Does.Contain("STATISTICS_MAXIMUM=0.209").And.Contain("STATISTICS_MINIMUM=1").And.Contain("STATISTICS_MAXIMUM=1.2089"));
        }
    }

    [TestCase(40, 20, 48)]
    [TestCase(3, 5, 16)]
    [TestCase(257, 20, 256)]
    public void Tiles_of_bands_are_no_larger_than_a_small_raster(int width, int height, int side)
    {
        using var folder = new TemporaryFolder();

        GeoTiffWriter.WriteBands<byte>(folder.File("share.tif"), Grid with { Width = width, Height = height }, ["roof"], noData: 255, scale: 1, (_, _, values) => values.Fill(7));

        Assert.That(Gdal.Run("gdalinfo", "-stats", folder.File("share.tif")), Does.Contain($"Block={side}x{side}").And.Contain("STATISTICS_MINIMUM=7").And.Contain("STATISTICS_VALID_PERCENT=100"));
    }

    private static void FillSmooth(int firstRow, int rows, Span<short> samples)
    {
        var noise = new SeededRandom(3, "noise", firstRow);
        for (var i = 0; i < samples.Length; i++)
        {
            var (row, column) = (firstRow + (i / 5 / Grid.Width), i / 5 % Grid.Width);
            samples[i] = row + column < 200 ? Scene.NoData : (short)((row * 9) + (column * (i % 5)) + noise.NextInt(40));
        }
    }

    private static short[] Read(TiffRaster raster)
    {
        var samples = new short[5 * Grid.Width * Grid.Height];
        raster.Read(new RasterWindow(0, 0, Grid.Width, Grid.Height), [1, 2, 3, 4, 5], samples, (short)0);
        return samples;
    }
}
