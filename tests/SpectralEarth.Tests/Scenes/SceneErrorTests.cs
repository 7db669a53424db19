using System.Text.RegularExpressions;
using SpectralEarth.Scenes;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Scenes;

/// <summary>Each way in which a product can be unusable, and what the user is told.</summary>
public sealed class SceneErrorTests
{
    private ProductFixture fixture = null!;

    [OneTimeSetUp]
    public void Synthesize() => fixture = new ProductFixture();

    [OneTimeTearDown]
    public void Delete() => fixture.Dispose();

    [Test]
    public void A_folder_that_is_not_there_is_named()
    {
        Assert.That(() => Scene.Open("/no/such/folder"), Throws.TypeOf<SceneException>().With.Message.EqualTo(
            "/no/such/folder: there is no such folder. Expected the folder or archive of an EnMAP L2A product."));
    }

    [Test]
    public void A_folder_without_METADATA_names_the_products_inside()
    {
        using var parent = new TemporaryFolder();
        Directory.CreateDirectory(parent.File("inner"));
        File.WriteAllText(parent.File("inner/X-METADATA.XML"), "");

        Assert.That(() => Scene.Open(parent.Path), Throws.TypeOf<SceneException>().With.Message.Contains(
            "has no METADATA.XML; expected the folder of an EnMAP L2A product. Name one of the product folders inside: inner"));
    }

    [Test]
    public void Two_products_in_one_folder_are_refused_unless_one_is_named()
    {
        using var copy = fixture.Copy();
        File.WriteAllText(copy.File("OTHER-METADATA.XML"), fixture.Metadata);

        Assert.That(() => Scene.Open(copy.Path), Throws.TypeOf<SceneException>().With.Message.Contains(
            "holds 2 products; expected one. Name the METADATA.XML of the wanted one: METADATA.XML, OTHER-METADATA.XML."));
        using var scene = Scene.Open(copy.File("METADATA.XML"));
        Assert.That(scene.Width, Is.EqualTo(ProductFixture.Size));
    }

    [Test]
    public void A_missing_image_and_an_image_of_another_format_are_told_apart()
    {
        using var copy = fixture.Copy();
        File.Delete(copy.File("SPECTRAL_IMAGE.TIF"));

        ProductFixture.AssertRefused(copy.Path, "SPECTRAL_IMAGE.TIF is missing beside METADATA.XML. Fetch the product again.");
        foreach (var name in new[] { "SPECTRAL_IMAGE.JP2", "SPECTRAL_IMAGE.vrt", "SPECTRAL_IMAGE.JPEG2000", "SPECTRAL_IMAGE.BSQ" })
        {
            File.WriteAllText(copy.File(name), "");
            ProductFixture.AssertRefused(copy.Path, $"{name} cannot be read, by its format; expected a GeoTIFF. Convert it: gdal_translate \"{copy.File(name)}\" \"{copy.File("SPECTRAL_IMAGE.TIF")}\"");
            Assert.That(() => Scene.Open(copy.File(name)), Throws.TypeOf<SceneException>().With.Message.Contains("rasters are not read: gdal_translate"));
            File.Delete(copy.File(name));
        }
    }

    [Test]
    public void All_rasters_of_another_format_are_named_at_once_with_a_loop_that_converts_them_from_any_folder()
    {
        using var copy = fixture.Copy();
        string[] keys = ["QL_QUALITY_CLASSES", "QL_QUALITY_CLOUD", "SPECTRAL_IMAGE"];
        foreach (var key in keys)
            File.Move(copy.File($"{key}.TIF"), copy.File($"{key}.vrt"));
        File.WriteAllText(copy.File("QL_VNIR.vrt"), "");
        var message = Assert.Throws<SceneException>(() => Scene.Open(copy.Path))!.Message;

        Assert.That(message, Does.Contain("QL_QUALITY_CLASSES.vrt, QL_QUALITY_CLOUD.vrt, SPECTRAL_IMAGE.vrt cannot be read, by their formats; expected GeoTIFFs.").And.Not.Contain("VNIR"));
        Gdal.Run("sh", "-ec", message.Split("Convert them: ")[1]);
        using var scene = Scene.Open(copy.Path);
        using var expected = Scene.Open(fixture.Product);
        Assert.That(ProductFixture.Pixels(scene), Is.EqualTo(ProductFixture.Pixels(expected)));
    }

    [TestCase("<channels>224</channels>", "<channels>223</channels>", "METADATA.XML: element specific/bandCharacterisation/bandID[224]/wavelengthCenterOfBand is there, but product/image/merge/channels is 223.")]
    [TestCase("<columns>48</columns>", "<columns>47</columns>", "SPECTRAL_IMAGE.TIF: 48 x 48 pixels, but METADATA.XML says 47 x 48. The download may be cut: fetch the product again.")]
    [TestCase("UTM_Zone33_North", "UTM_Zone32_North", "SPECTRAL_IMAGE.TIF: reference system EPSG:32633, but METADATA.XML says EPSG:32632.")]
    [TestCase("UTM_Zone33_North", "UTM_Zone61_North", "METADATA.XML: element product/ortho/projection is 'UTM_Zone61_North'; expected UTM_Zone1_North to UTM_Zone60_South")]
    [TestCase("<level>L2A</level>", "<level>L1C</level>", "METADATA.XML: element base/level is 'L1C'; expected L2A. Order the product at level L2A.")]
    [TestCase("<level>L2A</level>", "", "METADATA.XML: element base/level is missing; expected L2A.")]
    [TestCase("<wavelengthCenterOfBand>423.874", "<wavelengthCenterOfBand>418.1", "METADATA.XML: element specific/bandCharacterisation/bandID[2]/wavelengthCenterOfBand is 418.1 after 418.24; expected ascending wavelengths")]
    [TestCase("<wavelengthCenterOfBand>423.874", "<wavelengthCenterOfBand>423,874", "METADATA.XML: element specific/bandCharacterisation/bandID[2]/wavelengthCenterOfBand is '423,874'; expected a number.")]
    [TestCase("<GainOfBand>0.0001</GainOfBand>", "<GainOfBand />", "METADATA.XML: element specific/bandCharacterisation/bandID[1]/GainOfBand is empty; expected a number.")]
    [TestCase("<GainOfBand>0.0001</GainOfBand>", "<GainOfBand>0.00005</GainOfBand>", "SPECTRAL_IMAGE.TIF: by GainOfBand in METADATA.XML band 1 has the gain 5E-05 and the offset 0; expected 0.0001 and 0 for all bands.")]
    [TestCase("<OffsetOfBand>0<", "<OffsetOfBand>-0.1<", "SPECTRAL_IMAGE.TIF: by GainOfBand in METADATA.XML band 1 has the gain 0.0001 and the offset -0.1; expected 0.0001 and 0 for all bands.")]
    [TestCase("<expectedChannelsList>1,2,", "<expectedChannelsList>2,", "METADATA.XML: band 1 occurs 0 times in the two expectedChannelsList elements (VNIR and SWIR); expected once.")]
    [TestCase("<expectedChannelsList>1,2,", "<expectedChannelsList>1,x,", "METADATA.XML: element specific/vnirProductQuality/expectedChannelsList lists 'x'; expected numbers from 1 to 224.")]
    [TestCase("<startTime>2022", "<startTime>the 2022", "METADATA.XML: element base/temporalCoverage/startTime is 'the 2022")]
    [TestCase("<name>ENMAP01", "<name>ENMAQ01", "METADATA.XML: element metadata/name is 'ENMAQ01")]
    [TestCase("</level_X>", "", "METADATA.XML: is no usable XML:")]
    public void A_fault_in_METADATA_names_file_element_found_and_expected(string from, string to, string message)
    {
        Assume.That(fixture.Metadata, Does.Contain(from));
        var at = fixture.Metadata.IndexOf(from, StringComparison.Ordinal);
        using var copy = fixture.Copy(fixture.Metadata[..at] + to + fixture.Metadata[(at + from.Length)..]);

        ProductFixture.AssertRefused(copy.Path, message);
    }

    [Test]
    public void Another_number_of_bands_in_the_image_is_refused()
    {
        using var copy = fixture.Copy();
        var grid = new RasterGrid(48, 48, new GeoTransform(364095, 5809965, 30), 32633);
        GeoTiffWriter.WriteImage<short>(copy.File("SPECTRAL_IMAGE.TIF"), grid, 218, new TiffEncoding(), -32768, (_, _, _) => { });

        ProductFixture.AssertRefused(copy.Path, "SPECTRAL_IMAGE.TIF: 218 bands, but METADATA.XML lists 224. The download may be cut: fetch the product again.");
    }

    [Test]
    public void Another_kind_of_samples_is_refused_with_the_conversion()
    {
        using var copy = fixture.Copy();
        var grid = new RasterGrid(48, 48, new GeoTransform(364095, 5809965, 30), 32633);

        GeoTiffWriter.WriteImage<ushort>(copy.File("SPECTRAL_IMAGE.TIF"), grid, 224, new TiffEncoding(), null, (_, _, _) => { });
        ProductFixture.AssertRefused(copy.Path, "SPECTRAL_IMAGE.TIF: samples are UInt16; expected Int16, reflectance x 10000. Convert it: gdalwarp -ot Int16 -dstnodata -32768 IN.TIF OUT.TIF.");
    }

    [Test]
    public void A_quality_layer_of_another_size_is_refused()
    {
        using var copy = fixture.Copy();
        var grid = new RasterGrid(47, 48, new GeoTransform(364095, 5809965, 30), 32633);
        GeoTiffWriter.WriteImage<byte>(copy.File("QL_QUALITY_CLASSES.TIF"), grid, 1, new TiffEncoding(), null, (_, _, _) => { });

        ProductFixture.AssertRefused(copy.Path, "QL_QUALITY_CLASSES.TIF: 47 x 48 pixels, but SPECTRAL_IMAGE.TIF has 48 x 48.");
    }

    [TestCase("-co NBITS=2 -scale 0 255 0 1", "QL_PIXELMASK.TIF: samples have 2 bits; expected 1, 8, 16, 32 or 64. Convert it: gdal_translate -co NBITS=8.")]
    [TestCase("-b 1", "QL_PIXELMASK.TIF: 1 bands of UInt8 samples; expected 224 of UInt8. Fetch the product again, or delete the file to read the scene without this layer.")]
    public void A_pixel_mask_of_another_form_is_refused_with_a_way_out(string form, string message)
    {
        using var copy = fixture.Copy(pixelMask: true);
        File.Move(copy.File("QL_PIXELMASK.TIF"), copy.File("whole"));
        Gdal.Run("gdal_translate", ["-q", .. form.Split(' '), copy.File("whole"), copy.File("QL_PIXELMASK.TIF")]);

        ProductFixture.AssertRefused(copy.Path, message);

        File.Delete(copy.File("QL_PIXELMASK.TIF"));
        Scene.Open(copy.Path).Dispose();
    }

    [TestCase("METADATA.XML")]
    [TestCase("SPECTRAL_IMAGE.TIF")]
    [TestCase("QL_QUALITY_CLOUD.TIF")]
    public void A_file_that_the_disk_or_network_fails_to_read_is_refused_as_any_other(string name)
    {
        // A file with a length that cannot be read: the loopback device has no speed.
        const string failing = "/sys/class/net/lo/speed";
        if (!File.Exists(failing))
            Assert.Ignore($"Skipped: there is no {failing}.");
        using var copy = fixture.Copy();
        File.Delete(copy.File(name));
        File.CreateSymbolicLink(copy.File(name), failing);

        ProductFixture.AssertRefused(copy.Path, $"{name}: cannot be read at byte 0. ", "Check the disk or the network");
    }

    [TestCase(0.0)]
    [TestCase(0.00001)]
    [TestCase(0.5)]
    [TestCase(0.999)]
    public void A_truncated_image_is_refused_when_it_is_opened(double share)
    {
        using var copy = fixture.Copy();
        using (var file = File.OpenWrite(copy.File("SPECTRAL_IMAGE.TIF")))
            file.SetLength((long)(share * file.Length));

        Assert.That(() => Scene.Open(copy.Path), Throws.TypeOf<SceneException>().With.Message.Matches(
            @"^SPECTRAL_IMAGE\.TIF: .* lies at bytes \d+ to \d+, but the file has \d+ bytes\. The download may be cut: fetch the product again\.$"));
    }

    [Test]
    public void An_image_whose_directory_precedes_its_blocks_is_refused_when_blocks_are_cut()
    {
        using var copy = fixture.Copy();
        Gdal.Run("gdal_translate", "-q", "-of", "COG", "-co", "COMPRESS=DEFLATE", copy.File("SPECTRAL_IMAGE.TIF"), copy.File("SPECTRAL_IMAGE_COG.TIF"));
        File.Delete(copy.File("SPECTRAL_IMAGE.TIF"));
        using (var file = File.OpenWrite(copy.File("SPECTRAL_IMAGE_COG.TIF")))
            file.SetLength(file.Length * 9 / 10);

        ProductFixture.AssertRefused(copy.Path, "SPECTRAL_IMAGE_COG.TIF: Tile 0 of 1 lies at bytes");
    }

    [Test]
    public void A_damaged_block_is_named_when_it_is_read()
    {
        using var copy = fixture.Copy();
        Gdal.Run("gdal_translate", "-q", "-co", "COMPRESS=DEFLATE", "-co", "INTERLEAVE=PIXEL", copy.File("SPECTRAL_IMAGE.TIF"), copy.File("SPECTRAL_IMAGE.TIFF"));
        File.Delete(copy.File("SPECTRAL_IMAGE.TIF"));
        var bytes = File.ReadAllBytes(copy.File("SPECTRAL_IMAGE.TIFF"));
        bytes.AsSpan(bytes.Length / 2, 64).Fill(0xFF);
        File.WriteAllBytes(copy.File("SPECTRAL_IMAGE.TIFF"), bytes);
        using var scene = Scene.Open(copy.Path);

        Assert.That(() => scene.ReadPixels(new RasterWindow(0, 0, 48, 48), [1], new short[48 * 48]), Throws.TypeOf<SceneException>().With.Message.Matches(
            @"^SPECTRAL_IMAGE\.TIFF: The block at row \d+, column 0 is damaged: its compressed bytes are wrong\. The download may be cut: fetch the product again\.$"));
    }

    [Test]
    public void External_entities_and_entity_bombs_are_refused()
    {
        var secret = Path.GetTempFileName();
        File.WriteAllText(secret, "L2A");
        var body = Regex.Replace(fixture.Metadata, @"^<\?xml.*\?>", "").Replace("<level>L2A</level>", "<level>&x;</level>", StringComparison.Ordinal);
        string[] definitions =
        [
            $"<!DOCTYPE level_X [<!ENTITY x SYSTEM \"file://{secret}\">]>",
            "<!DOCTYPE level_X [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY x \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>",
            "<!DOCTYPE level_X SYSTEM \"http://127.0.0.1:9/evil.dtd\">",
        ];

        foreach (var definition in definitions)
        {
            using var copy = fixture.Copy(definition + body);
            ProductFixture.AssertRefused(copy.Path, "METADATA.XML: is no usable XML: it has a DTD. A METADATA.XML is well-formed, has no DTD (external entities and entity definitions are refused)");
        }
    }
}
