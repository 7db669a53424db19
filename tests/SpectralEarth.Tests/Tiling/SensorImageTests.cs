using System.Globalization;
using SpectralEarth.Randomness;
using SpectralEarth.Recipes;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

public sealed class SensorImageTests
{
    private const int Width = 40, Height = 36, Side = 16;

    private static readonly RasterGrid Grid = new(Width, Height, new GeoTransform(364_095, 5_809_965, 30), 32633);

    [Test]
    public void A_descriptor_and_a_band_table_in_a_folder_are_all_that_a_new_sensor_needs()
    {
        using var folder = new TemporaryFolder();
        var sensor = MadeUpSensor(folder.File("sensor"));
        var pixels = Pixels(bands: 5, seed: 3);
        Write(folder.File("in/a/camera-20230504T101112.tif"), pixels, noData: -999);
        Write(folder.File("in/b/camera-20230601.TIFF"), pixels, noData: null);

        var report = Tiler.Run(Options(folder, sensor));

        var dataset = Dataset.Open(folder.File("out"));
        Assert.That(report.Rejected, Is.Empty);
        Assert.That((dataset.Manifest.Sensor, dataset.Manifest.Scale), Is.EqualTo(("Camera", 0.001)));
        Assert.That(dataset.Manifest.Bands, Is.EqualTo(new[] { 1, 2, 4 }));
        Assert.That(dataset.Manifest.WavelengthsNm, Is.EqualTo(new[] { 500.0, 550, 700 }));
        Assert.That(dataset.Catalog.Select(patch => (patch.SceneId, patch.Time)).Distinct(), Is.EquivalentTo(new[]
        {
            ("camera-20230504T101112", new DateTime(2023, 5, 4, 10, 11, 12, DateTimeKind.Utc)), ("camera-20230601", new DateTime(2023, 6, 1, 0, 0, 0, DateTimeKind.Utc)),
        }));
        CheckPixels(dataset, [1, 2, 4], (band, pixel) => pixels[((band - 1) * Width * Height) + pixel], noData: -999);
    }

    [Test]
    public void Desis_wavelengths_come_from_each_scenes_header_and_quality_layers_are_passed_over()
    {
        using var folder = new TemporaryFolder();
        var bands = SensorCatalog.Load("desis").Bands;
        var pixels = Pixels(bands.Count, seed: 4);
        const string name = "DESIS-HSI-L2A-DT1203190212_025-20191203T021128-V0210";
        Write(folder.File($"in/{name}-SPECTRAL_IMAGE.TIF"), pixels, Scene.NoData);
        Write(folder.File($"in/{name}-QL_QUALITY-2.TIF"), Pixels(2, seed: 5), noData: null);
        File.WriteAllText(folder.File($"in/{name}-METADATA.xml"), "<level_X/>");
        File.WriteAllText(folder.File($"in/{name}-SPECTRAL_IMAGE.hdr"),
            "ENVI\nbands = 235\nwavelength units = micrometers\n" + List("wavelength", bands.Select(band => (band.WavelengthNm + 0.25) / 1000))
            + List("fwhm", bands.Select(_ => 0.003)) + List("data gain values", bands.Select(_ => 0.0001)) + List("data offset values", bands.Select(_ => 0.0)));

        Tiler.Run(Options(folder, "desis"));

        var dataset = Dataset.Open(folder.File("out"));
        Assert.That(dataset.Manifest.WavelengthsNm, Is.EqualTo(bands.WavelengthsNm.Select(value => value + 0.25)).Within(1e-6));
        Assert.That(dataset.Catalog.Select(patch => patch.SceneId).Distinct(), Is.EqualTo(new[] { name }));
        CheckPixels(dataset, bands.Numbers, (band, pixel) => pixels[((band - 1) * Width * Height) + pixel], Scene.NoData);
    }

    [TestCase("", "", 1, null)]
    [TestCase("Nanometers", "micrometer", 1000, null)]
    [TestCase("Nanometers", "centimetre", 1, "'centimetre' for band 1; expected nanometers or micrometers")]
    [TestCase("\"wavelength\"", "\"wavelengtx\"", 1, "has no wavelength for band 1; expected a number above 0 for each band")]
    [TestCase(">500.5<", ">5oo.5<", 1, "the wavelength '5oo.5' for band 1")]
    public void Wavelengths_that_an_image_tells_of_itself_are_taken(string old, string replaced, double factor, string? problem)
    {
        using var folder = new TemporaryFolder();
        var sensor = SensorCatalog.Load(MadeUpSensor(folder.File("sensor")));
        var image = new ImageMetadata
        {
            Bands = [.. sensor.Bands.Select((band, i) => new ImageBand(band.Number, i == 0 ? 500.5 : band.WavelengthNm))],
            Scale = 0.001,
            Items = new Dictionary<string, string>(),
        };
        var path = folder.File("camera-20230504.tif");
        GeoTiffWriter.WriteImage<short>(path, Grid, image, new TiffEncoding { IsPlanar = true, RowsPerStrip = 4 }, -999, (_, _, samples) => samples.Fill(7));
        if (old != "")
            PatchOnce(path, old, replaced);

        if (problem is not null)
        {
            Assert.That(() => SensorImage.Open(path, sensor), Throws.TypeOf<SceneException>().With.Message.Contains(problem));
            return;
        }

        using var scene = SensorImage.Open(path, sensor);
        Assert.That(scene.Metadata.Bands[0].WavelengthNm, Is.EqualTo(500.5 * factor).Within(1e-6));
        Assert.That(scene.Metadata.Bands[1].WavelengthNm, Is.EqualTo(sensor.Bands[1].WavelengthNm * (factor == 1000 ? 1 : factor)).Within(1e-6));
    }

    [TestCase(0.424f, 424)]
    [TestCase(424f, 424)]
    [TestCase(50f, null)]
    public void Floats_without_tags_are_reflectance_or_digital_numbers_as_their_values_leave_no_doubt(float value, int? number)
    {
        using var folder = new TemporaryFolder();
        var sensor = SensorCatalog.Load(MadeUpSensor(folder.File("sensor")));
        var path = folder.File("camera-20230504.tif");
        GeoTiffWriter.WriteBands<float>(path, Grid, [.. sensor.Bands.Select(band => $"band {band.Number}")], noData: -999, scale: 1, (_, _, samples) => samples.Fill(value));

        if (number is null)
        {
            Assert.That(() => SensorImage.Open(path, sensor), Throws.TypeOf<SceneException>().With.Message.Contains("reflectance or reflectance x 1000: no tag tells, and values reach 50; expected at most 10 or more than 100."));
            return;
        }

        Tiler.Run(Options(folder, folder.File("sensor")) with { Scenes = [path] });

        var dataset = Dataset.Open(folder.File("out"));
        Assert.That(dataset.Manifest.Scale, Is.EqualTo(0.001));
        Assert.That(dataset.Read(0).Pixels[(Side * Side) - 1], Is.EqualTo(number));
    }

    [Test]
    public void An_image_of_another_scale_than_the_descriptors_is_refused()
    {
        using var folder = new TemporaryFolder();
        var sensor = SensorCatalog.Load(MadeUpSensor(folder.File("sensor")));
        var image = new ImageMetadata
        {
            Bands = [.. sensor.Bands.Select(band => new ImageBand(band.Number, band.WavelengthNm))],
            Scale = 0.0001,
            Items = new Dictionary<string, string>(),
        };
        var path = folder.File("camera-20230504.tif");
        GeoTiffWriter.WriteImage<short>(path, Grid, image, new TiffEncoding { IsPlanar = true, RowsPerStrip = 4 }, -999, (_, _, samples) => samples.Fill(7));

        Assert.That(() => SensorImage.Open(path, sensor), Throws.TypeOf<SceneException>().With.Message.Contains(
            "by its scale tags band 1 has the gain 0.0001 and the offset 0; expected 0.001 and 0 for all bands.").And.Message.Contains("-scale 0 1 0 1000 "));
    }

    [TestCase(null, "data ignore value = 0", 0)]
    [TestCase(0, "data ignore value = 0.0", 0)]
    [TestCase(null, "reflectance scale factor = 1000", -999)]
    public void The_value_of_no_data_is_that_of_the_file_else_of_its_header_else_of_the_descriptor(int? tag, string header, int expected)
    {
        using var folder = new TemporaryFolder();
        var sensor = SensorCatalog.Load(MadeUpSensor(folder.File("sensor")));
        var (pixels, read) = (Pixels(bands: 5, seed: 3), new short[5 * Width * Height]);
        Write(folder.File("camera-20230504.tif"), pixels, tag);
        File.WriteAllText(folder.File("camera-20230504.hdr"), $"ENVI\n{header}\n");

        using var scene = SensorImage.Open(folder.File("camera-20230504.tif"), sensor);
        scene.ReadPixels(new RasterWindow(0, 0, Width, Height), sensor.Bands.Numbers, read);

        Assert.That(read, Is.EqualTo(pixels.Select(value => value == expected ? Scene.NoData : value)));
    }

    [TestCase(242)]
    [TestCase(198)]
    public void Hyperion_cubes_are_read_whole_and_as_the_198_bands(int cube)
    {
        using var folder = new TemporaryFolder();
        var sensor = SensorCatalog.Load("eo1");
        var pixels = Pixels(cube, seed: 6);
        Write(folder.File("in/EO1H1930242012205110K0.tif"), pixels, noData: 0);

        Tiler.Run(Options(folder, "eo1"));

        var dataset = Dataset.Open(folder.File("out"));
        Assert.That(dataset.Manifest.Bands, Is.EqualTo(sensor.DefaultBands));
        Assert.That(dataset.Catalog[0].Time, Is.EqualTo(new DateTime(2012, 7, 23, 0, 0, 0, DateTimeKind.Utc)));
        var positions = sensor.DefaultBands.Select((number, i) => (number, Place: cube == 198 ? i : number - 1)).ToDictionary(pair => pair.number, pair => pair.Place);
        CheckPixels(dataset, sensor.DefaultBands, (band, pixel) => pixels[(positions[band] * Width * Height) + pixel], noData: 0);
    }

    [Test]
    public void For_a_file_of_a_single_band_the_command_is_told_that_puts_bands_together()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("EO1H1930242012205110K0_B008_L1T.TIF");
        Write(path, Pixels(bands: 1, seed: 3), noData: 0);

        Assert.That(() => SensorImage.Open(path, SensorCatalog.Load("eo1")), Throws.TypeOf<SceneException>().With.Message.EndsWith(
            "a single band; expected 242 or 198, as EO1 has. Put the files of all bands together: gdalbuildvrt -separate CUBE.VRT *_B*.TIF and gdal_translate CUBE.VRT CUBE.TIF."));
    }

    [Test]
    public void Images_that_do_not_fit_are_rejected_with_the_reason_and_the_rest_goes_on()
    {
        using var folder = new TemporaryFolder();
        var sensor = MadeUpSensor(folder.File("sensor"));
        var pixels = Pixels(bands: 5, seed: 3);
        Write(folder.File("in/good-20230504.tif"), pixels, noData: null);
        Write(folder.File("in/few-20230504.tif"), Pixels(bands: 4, seed: 3), noData: null);
        Write(folder.File("in/timeless-20231399.tif"), pixels, noData: null);
        GeoTiffWriter.WriteImage<ushort>(folder.File("in/unsigned-20230504.tif"), Grid, 5, new TiffEncoding { RowsPerStrip = 8 }, null, (_, _, samples) => samples.Clear());
        Header("short", "wavelength = { 500, 550, 600, 700 }\n");
        Header("shifted", "wavelength = { 500, 550, 600, 703, 800 }\n");
        Header("scaled", "data gain values = { 0.001, 0.001, 0.001, 0.002, 0.001 }\n");
        Header("unit", "wavelength units = Wavenumber\nwavelength = { 500, 550, 600, 700, 800 }\n");
        Header("text", "wavelength = { 500, 550, x, 700, 800 }\n");
        Header("factor", "reflectance scale factor = 500\n");
        Header("ignored", "data ignore value = 0\n", noData: -999);
        Header("nothing", "data ignore value = none\n");

        var report = Tiler.Run(Options(folder, sensor));

        var reasons = report.Rejected.ToDictionary(one => Path.GetFileName(one.Path).Split('-')[0], one => one.Reason);
        Assert.That(report.Scenes, Is.EqualTo(1));
        Assert.That(reasons["few"], Does.Contain("4 bands; expected 5 or 3, as Camera has"));
        Assert.That(reasons["timeless"], Does.Contain("does not tell when"));
        Assert.That(reasons["unsigned"], Does.Contain("samples are UInt16; expected Int16"));
        Assert.That(reasons["short"], Does.Contain("'wavelength' has 4 values, but the image 5 bands"));
        Assert.That(reasons["shifted"], Does.Contain("only by up to 3 nm").And.Contain("--wavelengths nearest or linear"));
        Assert.That(reasons["scaled"], Does.Contain("'data gain values' holds 0.002; expected 0.001"));
        Assert.That(reasons["unit"], Does.Contain("'wavelength units' is 'Wavenumber'"));
        Assert.That(reasons["text"], Does.Contain("'wavelength' holds 'x'; expected numbers"));
        Assert.That(reasons["factor"], Does.Contain("'reflectance scale factor' holds 500; expected 1000"));
        Assert.That(reasons["ignored"], Does.Contain("'data ignore value' is 0, but the no-data tag of ignored-20230504.tif -999."));
        Assert.That(reasons["nothing"], Does.Contain("'data ignore value' is 'none'; expected a number"));

        void Header(string name, string text, int? noData = null)
        {
            Write(folder.File($"in/{name}-20230504.tif"), pixels, noData);
            File.WriteAllText(folder.File($"in/{name}-20230504.hdr"), "ENVI\n" + text);
        }
    }

    [Test]
    public void The_image_of_an_enmap_product_is_not_taken_without_its_metadata_and_masks()
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("in/x-SPECTRAL_IMAGE.TIF"), Pixels(224, seed: 1), Scene.NoData);
        File.WriteAllText(folder.File("in/x-METADATA.XML"), "<level_X/>");

        var error = Assert.Throws<SceneException>(() => Tiler.Run(Options(folder, "enmap") with { Scenes = [folder.File("in/x-SPECTRAL_IMAGE.TIF")] }));

        Assert.That(error!.Message, Does.Contain("expected the folder of an EnMAP L2A product"));
    }

    [Test]
    public void Unknown_sensors_and_folders_without_images_are_named()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("in"));

        var unknown = Assert.Throws<RecipeException>(() => Tiler.Run(Options(folder, "dessis")));
        var empty = Assert.Throws<SceneException>(() => Tiler.Run(Options(folder, "desis")));

        Assert.That(unknown!.Message, Does.Contain("'dessis'").And.Contain("desis").And.Contain("sensor.yaml"));
        Assert.That(empty!.Message, Does.Contain("holds no GeoTIFF"));
    }

    [TestCase("ENMAP01-____L2A-DT0000001867_20220724T104526Z_008", "2022-07-24 10:45:26")]
    [TestCase("scene_20220724", "2022-07-24 00:00:00")]
    [TestCase("S20220724104526", "2022-07-24 10:45:26")]
    [TestCase("EO1H0140322013145110K0_SG1_01", "2013-05-25 00:00:00")]
    [TestCase("scene-12345678", null)]
    [TestCase("0001566", null)]
    public void Times_are_read_from_names(string name, string? expected) =>
        Assert.That(AcquisitionTime.InName(name)?.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), Is.EqualTo(expected));

    private static TileOptions Options(TemporaryFolder folder, string sensor) => new()
    {
        Scenes = [folder.File("in")],
        Output = folder.File("out"),
        Sensor = sensor,
        PatchSize = Side,
        MaxNoData = 0.99,
    };

    private static string MadeUpSensor(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "sensor.yaml"), """
            name: Camera
            description: Made up for a test.
            band_table: table.csv
            arrangements: [{ name: only, description: all, wavelength_column: nm, fwhm_column: fwhm }]
            default_bands: 1-2, 4
            no_data: -999
            scale: 0.001
            quantity: reflectance
            pixel_size_m: 30
            """);
        File.WriteAllText(Path.Combine(folder, "table.csv"), "band,nm,fwhm\n1,500,10\n2,550,10\n3,600,10\n4,700,10\n5,800,10\n");
        return folder;
    }

    private static string List(string name, IEnumerable<double> values) =>
        $"{name} = {{\n {string.Join(",\n ", values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)))}}}\n";

    /// <summary>Any values, [C, H, W]; some pixels are -999 or 0 in one band.</summary>
    private static short[] Pixels(int bands, long seed)
    {
        var random = new SeededRandom(seed, "sensor-image", 0);
        var pixels = new short[bands * Width * Height];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = random.NextInt(300) switch { 0 => -999, 1 => 0, var other => (short)((other * 37) - 500) };
        return pixels;
    }

    private static void Write(string path, short[] pixels, int? noData)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var bands = pixels.Length / (Width * Height);
        GeoTiffWriter.WriteImage<short>(path, Grid, bands, new TiffEncoding { RowsPerStrip = 8, Compression = TiffCompression.Deflate }, noData, (first, rows, samples) =>
        {
            for (var i = 0; i < samples.Length; i++)
                samples[i] = pixels[(i % bands * Width * Height) + (first * Width) + (i / bands)];
        });
    }

    private static void CheckPixels(Dataset dataset, IReadOnlyList<int> bands, Func<int, int, short> sample, short noData)
    {
        Assert.That(dataset.Catalog.Select(patch => patch.LocationId).Distinct().Count(), Is.EqualTo(9));
        for (var index = 0; index < dataset.Catalog.Count; index++)
        {
            var patch = dataset.Read(index);
            for (var i = 0; i < patch.Pixels.Length; i++)
            {
                var (column, row) = (patch.Info.SceneColumn + (i % Side), patch.Info.SceneRow + (i / Side % Side));
                var isInside = column is >= 0 and < Width && row is >= 0 and < Height;
                var value = isInside ? sample(bands[i / (Side * Side)], (row * Width) + column) : noData;
                Assert.That(patch.Pixels[i], Is.EqualTo(value == noData ? Scene.NoData : value));
            }
        }
    }

    /// <summary>Replaces the first occurrence of a text by one of the same length.</summary>
    private static void PatchOnce(string path, string old, string replaced)
    {
        Assert.That(replaced, Has.Length.EqualTo(old.Length));
        var bytes = File.ReadAllBytes(path);
        var place = bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(old));
        Assert.That(place, Is.Positive);
        System.Text.Encoding.ASCII.GetBytes(replaced).CopyTo(bytes, place);
        File.WriteAllBytes(path, bytes);
    }
}
