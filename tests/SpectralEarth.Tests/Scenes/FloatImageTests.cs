using System.Globalization;
using SpectralEarth.Scenes;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Scenes;

/// <summary>Float32 images, and int16 ones of another no-data value, become the same digital numbers as the image that they were made of, or are refused.</summary>
public sealed class FloatImageTests
{
    private static readonly RasterGrid Grid = new(ProductFixture.Size, ProductFixture.Size, new GeoTransform(364095, 5809965, 30), 32633);

    private ProductFixture fixture = null!;
    private short[] numbers = null!;

    private string ReflectanceMetadata => fixture.Metadata.Replace("<GainOfBand>0.0001</GainOfBand>", "<GainOfBand>1</GainOfBand>", StringComparison.Ordinal);

    [OneTimeSetUp]
    public void Synthesize()
    {
        fixture = new ProductFixture();
        using var scene = Scene.Open(fixture.Product);
        numbers = ProductFixture.Pixels(scene);
    }

    [OneTimeTearDown]
    public void Delete() => fixture.Dispose();

    [TestCase(1f, -32768f)]
    [TestCase(1f, float.NaN)]
    [TestCase(0.0001f, -32768f)]
    [TestCase(0.0001f, -9999f)]
    [TestCase(0.0001f, float.NaN)]
    public void By_the_gain_in_METADATA_samples_become_the_same_numbers(float gain, float noData)
    {
        using var copy = Product(gain, noData, gain == 1 ? fixture.Metadata : ReflectanceMetadata);

        using var scene = Scene.Open(copy.Path);

        Assert.That(ProductFixture.Pixels(scene), Is.EqualTo(numbers));
        Assert.That(scene.EmptyBands, Is.EqualTo(Enumerable.Range(130, 6)));
    }

    [Test]
    public void Integers_of_another_no_data_value_become_the_same_numbers()
    {
        using var copy = fixture.Copy();
        GeoTiffWriter.WriteImage<short>(copy.File("SPECTRAL_IMAGE.TIF"), Grid, 224, new TiffEncoding { IsPlanar = true, RowsPerStrip = Grid.Height }, -9999, (_, _, samples) =>
        {
            numbers.CopyTo(samples);
            samples.Replace(Scene.NoData, (short)-9999);
        });

        using var scene = Scene.Open(copy.Path);

        Assert.That(ProductFixture.Pixels(scene), Is.EqualTo(numbers).And.Contains(Scene.NoData));
        Assert.That(scene.EmptyBands, Is.EqualTo(Enumerable.Range(130, 6)));
    }

    [Test]
    public void Scale_tags_count_before_METADATA()
    {
        using var copy = Product(1, -32768f, ReflectanceMetadata);
        ProductFixture.AssertRefused(copy.Path, "GainOfBand in METADATA.XML says reflectance (0 to 1), but values reach ");

        SetScale(copy, "0.0001");
        using (var scene = Scene.Open(copy.Path))
            Assert.That(ProductFixture.Pixels(scene), Is.EqualTo(numbers));
        SetScale(copy, "0.01");
        ProductFixture.AssertRefused(copy.Path, "by its scale tags the bands have gains from 0.01 to 0.01; expected 0.0001 (reflectance x 10000) or 1 (reflectance) for all");
    }

    [Test]
    public void Scale_tags_of_integers_must_be_those_of_digital_numbers()
    {
        using var copy = fixture.Copy();
        foreach (var (scale, offset) in new[] { ("0.0001", "0"), ("9.99999974737875e-05", "0"), ("1", "0") })
        {
            SetScale(copy, scale, offset);
            using var scene = Scene.Open(copy.Path);
            Assert.That(ProductFixture.Pixels(scene), Is.EqualTo(numbers));
        }

        SetScale(copy, "0.001");
        ProductFixture.AssertRefused(copy.Path, "SPECTRAL_IMAGE.TIF: by its scale tags band 1 has the gain 0.001 and the offset 0; expected 0.0001 and 0 for all bands.",
            "gdal_translate -unscale -ot Float32 IN.TIF FLOAT.TIF, and that with gdal_translate -ot Int16 -scale 0 1 0 10000 -a_nodata -32768 FLOAT.TIF OUT.TIF.");
        SetScale(copy, "0.0001", "-0.1");
        ProductFixture.AssertRefused(copy.Path, "by its scale tags band 1 has the gain 0.0001 and the offset -0.1; expected 0.0001 and 0 for all bands.");
    }

    [TestCase("0.01", "0", false)]
    [TestCase("0.01", "-0.1", false)]
    [TestCase("0.0001", "-0.1", false)]
    [TestCase("0.01", "0", true)]
    public void Floats_of_other_scale_tags_are_refused_with_the_commands_that_make_the_same_numbers(string scale, string offset, bool hasNaN)
    {
        using var copy = fixture.Copy();
        var (gain, zero) = (float.Parse(scale, CultureInfo.InvariantCulture), float.Parse(offset, CultureInfo.InvariantCulture));
        Write(copy, (sample, place) => sample != Scene.NoData ? ((sample * 0.0001f) - zero) / gain : hasNaN && place % 2 == 0 ? float.NaN : -9999, -9999);
        SetScale(copy, scale, offset);
        var message = Assert.Throws<SceneException>(() => Scene.Open(copy.Path))!.Message;

        var (filling, unscaling) = (ReflectanceScale.Filling(-9999), ReflectanceScale.Unscaling(10_000));
        Assert.That(message, Does.Contain($"convert the pixels: {unscaling[0]}, and that with {unscaling[1]}.").And.EndsWith(filling).And.Not.Contain("x 10000 with"));
        File.Move(copy.File("SPECTRAL_IMAGE.TIF"), copy.File(hasNaN ? "NAN.TIF" : "IN.TIF"), overwrite: true);
        foreach (var command in hasNaN ? [filling.Split("first: ")[1].Replace("IN.TIF", "NAN.TIF", StringComparison.Ordinal).Replace("FILLED.TIF", "IN.TIF", StringComparison.Ordinal), .. unscaling] : unscaling)
        {
            var words = command.Split(' ').Select(word => word.EndsWith(".TIF", StringComparison.Ordinal) ? copy.File(word) : word).ToArray();
            Gdal.Run(words[0], words[1..]);
        }

        File.Move(copy.File("OUT.TIF"), copy.File("SPECTRAL_IMAGE.TIF"));
        using var scene = Scene.Open(copy.Path);
        Assert.That(ProductFixture.Pixels(scene), Is.EqualTo(numbers));
    }

    private static void SetScale(TemporaryFolder copy, string scale, string offset = "0")
    {
        File.Move(copy.File("SPECTRAL_IMAGE.TIF"), copy.File("before.tif"), overwrite: true);
        Gdal.Run("gdal_translate", "-q", "-a_scale", scale, "-a_offset", offset, copy.File("before.tif"), copy.File("SPECTRAL_IMAGE.TIF"));
    }

    [Test]
    public void Values_that_contradict_the_metadata_are_refused_with_the_conversion()
    {
        using var copy = Product(0.0001f, -32768f, fixture.Metadata);

        ProductFixture.AssertRefused(copy.Path, "SPECTRAL_IMAGE.TIF: samples are Float32, and it is not clear whether they are reflectance or reflectance x 10000: GainOfBand in METADATA.XML says reflectance x 10000, but values reach 0.",
            "gdal_translate -ot Int16 -scale 0 1 0 10000 -a_nodata -32768 IN.TIF OUT.TIF", "If it has NaN, fill it first: gdalwarp -srcnodata nan -dstnodata -32768 -wo UNIFIED_SRC_NODATA=NO IN.TIF FILLED.TIF");
    }

    [TestCase(1f, 1)]
    [TestCase(0.0001f, 10_000)]
    public void The_conversion_makes_the_same_numbers_also_of_another_no_data_value(float gain, double factor)
    {
        using var copy = Product(gain, -9999f, fixture.Metadata);
        File.Move(copy.File("SPECTRAL_IMAGE.TIF"), copy.File("before.tif"));
        var command = ReflectanceScale.Conversion(factor).Replace("IN.TIF", copy.File("before.tif"), StringComparison.Ordinal)
            .Replace("OUT.TIF", copy.File("SPECTRAL_IMAGE.TIF"), StringComparison.Ordinal).Split(' ');
        Gdal.Run(command[0], command[1..]);

        using var scene = Scene.Open(copy.Path);

        Assert.That(ProductFixture.Pixels(scene), Is.EqualTo(numbers));
    }

    [TestCase(1f, 1, true)]
    [TestCase(1f, 1, false)]
    [TestCase(0.0001f, 10_000, true)]
    [TestCase(0.0001f, 10_000, false)]
    public void Where_NaN_is_filled_first_the_conversion_makes_no_data_of_it(float gain, double factor, bool hasTag)
    {
        using var copy = fixture.Copy();
        const float noData = -9999;
        Write(copy, (sample, place) => sample != Scene.NoData ? sample * gain : place % 2 == 0 ? float.NaN : noData, noData);
        File.Move(copy.File("SPECTRAL_IMAGE.TIF"), copy.File("before.tif"));
        if (!hasTag)
            Gdal.Run("gdal_edit.py", "-unsetnodata", copy.File("before.tif"));
        var filling = ReflectanceScale.Filling(noData).Split("first: ")[1];
        foreach (var (command, from, to) in new[] { (filling, "before.tif", "FILLED.TIF"), (ReflectanceScale.Conversion(factor), "FILLED.TIF", "SPECTRAL_IMAGE.TIF") })
        {
            var words = command.Split(' ').Select(word => word switch { "IN.TIF" => copy.File(from), "FILLED.TIF" or "OUT.TIF" => copy.File(to), _ => word }).ToArray();
            Gdal.Run(words[0], words[1..]);
        }

        using var scene = Scene.Open(copy.Path);

        Assert.That(ProductFixture.Pixels(scene), Is.EqualTo(numbers));
    }

    [Test]
    public void Gains_that_differ_or_mean_something_else_are_refused()
    {
        var at = fixture.Metadata.IndexOf("<GainOfBand>0.0001", StringComparison.Ordinal);
        using var mixed = Product(1, -32768f, fixture.Metadata[..at] + "<GainOfBand>1" + fixture.Metadata[(at + "<GainOfBand>0.0001".Length)..]);
        using var offset = Product(1, -32768f, fixture.Metadata.Replace("<OffsetOfBand>0<", "<OffsetOfBand>0.1<", StringComparison.Ordinal));

        ProductFixture.AssertRefused(mixed.Path, "the bands have gains from 0.0001 to 1; expected 0.0001 (reflectance x 10000) or 1 (reflectance) for all. Its pixels are no reflectance x 10000: fetch the product again.");
        ProductFixture.AssertRefused(offset.Path, "there are offsets; expected 0 for all bands");
    }

    [Test]
    public void A_value_beyond_int16_is_refused_where_it_is_read()
    {
        using var copy = fixture.Copy();
        Write(copy, (sample, i) => i == 7 ? 40_000 : sample, -32768f);
        using var scene = Scene.Open(copy.Path);

        Assert.That(() => ProductFixture.Pixels(scene), Throws.TypeOf<SceneException>().With.Message.Contains("has the value 40000 at column 7, row 0; expected reflectance from -32767 to 32767 when x 10000. Cut such values off (high ones become 32767, which counts as reflectance: where they mean no data, give them the no-data value first): gdal").And.Message.Contains("If it has NaN, fill it first: "));
    }

    [Test]
    public void Where_NaN_is_the_no_data_value_nothing_is_filled()
    {
        using var copy = Product(0.0001f, float.NaN, fixture.Metadata);

        Assert.That(() => Scene.Open(copy.Path), Throws.TypeOf<SceneException>().With.Message.EndsWith("or reflectance x 10000 with gdalwarp -ot Int16 -dstnodata -32768 IN.TIF OUT.TIF."));
    }

    private TemporaryFolder Product(float gain, float noData, string metadata)
    {
        var copy = fixture.Copy(metadata);
        Write(copy, (sample, _) => sample == Scene.NoData ? noData : sample * gain, noData);
        return copy;
    }

    private void Write(TemporaryFolder copy, Func<short, int, float> convert, float noData)
    {
        var names = Enumerable.Range(1, 224).Select(band => $"band {band}").ToArray();
        GeoTiffWriter.WriteBands<float>(copy.File("SPECTRAL_IMAGE.TIF"), Grid, names, noData, scale: 1, (row, rows, samples) =>
        {
            for (var i = 0; i < samples.Length; i++)
            {
                var (band, pixel) = Math.DivRem(i, rows * Grid.Width);
                var place = (row * Grid.Width) + pixel;
                samples[i] = convert(numbers[(band * Grid.Width * Grid.Height) + place], place);
            }
        });
    }
}
