using System.Formats.Tar;
using System.IO.Compression;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Products;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Scenes.Archives;

/// <summary>Products are read from archives as from folders, and archives that are none of ours are refused.</summary>
public sealed class ArchivedProductTests
{
    private ProductFixture fixture = null!;
    private TemporaryFolder folder = null!;

    private string Name => Path.GetFileName(fixture.Product);

    [OneTimeSetUp]
    public void Synthesize() => fixture = new ProductFixture();

    [OneTimeTearDown]
    public void Delete() => fixture.Dispose();

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [TestCase("x.zip", "Optimal")]
    [TestCase("x.ZIP", "NoCompression")]
    [TestCase("x.tar.gz", "Pax")]
    [TestCase("x.tgz", "Gnu")]
    [TestCase("x.tar", "Ustar")]
    public void A_product_in_an_archive_equals_the_one_in_a_folder(string name, string form)
    {
        using var shortNames = fixture.Copy(pixelMask: true); // ustar has room for 100 characters behind the last slash
        Pack(folder.File(name), form, ProductArchive.Files(form == "Ustar" ? shortNames.Path : fixture.Product, Name));

        AssertEqualsFolder(folder.File(name));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Has.Length.EqualTo(1), "nothing is unpacked to disk");
    }

    [Test]
    public void An_order_archive_of_zips_lists_its_products_and_opens_each()
    {
        ProductArchive.Zip(folder.File("one.zip"), CompressionLevel.Optimal, ProductArchive.Files(fixture.Product, Name));
        (string, byte[])[] files =
        [
            ($"ENMAP.HSI.L2A/1/{Name}.ZIP", File.ReadAllBytes(folder.File("one.zip"))),
            ("ENMAP.HSI.L2A/2/broken.ZIP", new byte[100]),
            ("readme.txt", "read me"u8.ToArray()),
        ];
        ProductArchive.Tar(folder.File("order.tar.gz"), TarEntryFormat.Pax, files);

        var products = ProductPath.InArchive(folder.File("order.tar.gz"));

        var place = $"{folder.File("order.tar.gz")}!/ENMAP.HSI.L2A/";
        Assert.That(products, Is.EqualTo(new[] { $"{place}1/{Name}.ZIP!/{Name}/{Name}-METADATA.XML", $"{place}2/broken.ZIP" }));
        AssertEqualsFolder(products[0]);
        AssertEqualsFolder($"{place}1/{Name}.ZIP");
        Assert.That(() => Scene.Open(products[1]), Throws.TypeOf<SceneException>().With.Message.EqualTo(
            "broken.ZIP: has no zip directory at its end. The download may be cut: fetch the archive again."));
        Assert.That(() => Scene.Open(folder.File("order.tar.gz")), Throws.TypeOf<SceneException>().With.Message.Contains(
            "has no METADATA.XML; expected an archive of an EnMAP L2A product. Name one of the archives inside: "));
    }

    [Test]
    public void The_only_product_of_an_order_archive_needs_no_name()
    {
        ProductArchive.Zip(folder.File("one.zip"), CompressionLevel.Optimal, ProductArchive.Files(fixture.Product, Name));
        ProductArchive.Zip(folder.File("tools.zip"), CompressionLevel.Optimal, ("tool.exe", []));
        (string, byte[])[] files = [("o/one.ZIP", File.ReadAllBytes(folder.File("one.zip"))), ("o/tools.zip", File.ReadAllBytes(folder.File("tools.zip")))];
        ProductArchive.Tar(folder.File("order.tgz"), TarEntryFormat.Pax, files);

        AssertEqualsFolder(folder.File("order.tgz"));
    }

    [Test]
    public void An_archive_of_several_products_asks_for_one()
    {
        Pack(folder.File("x.zip"), "Optimal", [.. ProductArchive.Files(fixture.Product, "a"), .. ProductArchive.Files(fixture.Product, "b")]);

        Assert.That(() => Scene.Open(folder.File("x.zip")), Throws.TypeOf<SceneException>().With.Message.Contains("holds 2 products; expected one."));
        AssertEqualsFolder(folder.File("x.zip") + "!/b");
    }

    [TestCase("../evil/METADATA.XML")]
    [TestCase("/etc/METADATA.XML")]
    [TestCase("a/../../METADATA.XML")]
    [TestCase("..\\METADATA.XML")]
    [TestCase("C:\\METADATA.XML")]
    public void Names_that_lead_out_of_the_archive_are_refused(string name)
    {
        foreach (var (file, form) in new[] { ("x.zip", "Optimal"), ("x.tar.gz", "Pax") })
        {
            Pack(folder.File(file), form, [(name, "x"u8.ToArray())]);
            AssertRefused(file, "leads out of the archive. Such an archive is not trusted.");
        }
    }

    [Test]
    public void Names_with_control_characters_are_refused()
    {
        Pack(folder.File("x.zip"), "Optimal", [("a\0b/METADATA.XML", [])]);

        AssertRefused("x.zip", "a file's name has control characters.");
    }

    [Test]
    public void Links_in_a_tar_are_not_followed()
    {
        using (var tar = new TarWriter(File.Create(folder.File("x.tar"))))
        {
            foreach (var kind in new[] { TarEntryType.SymbolicLink, TarEntryType.HardLink })
                tar.WriteEntry(new PaxTarEntry(kind, $"{kind}-METADATA.XML") { LinkName = Path.Combine(fixture.Product, $"{Name}-METADATA.XML") });
        }

        AssertRefused("x.tar", "has no METADATA.XML");
    }

    [TestCase("", TarEntryFormat.Ustar)]
    [TestCase("", TarEntryFormat.Gnu)]
    [TestCase("a long name ", TarEntryFormat.Gnu)]
    [TestCase("a long name ", TarEntryFormat.Pax)]
    public void A_hard_link_in_a_tar_is_the_file_that_it_names(string word, TarEntryFormat format)
    {
        using var shortNames = fixture.Copy(pixelMask: true);
        var other = string.Concat(Enumerable.Repeat(word, 20)) + "first.TIF";
        using (var tar = new TarWriter(File.Create(folder.File("x.tar")), format))
        {
            foreach (var (name, bytes) in ProductArchive.Files(shortNames.Path, Name))
            {
                var isImage = name.EndsWith("SPECTRAL_IMAGE.TIF", StringComparison.Ordinal);
                var file = ProductArchive.Entry(format, isImage ? other : name);
                file.DataStream = new MemoryStream(bytes);
                tar.WriteEntry(file);
                if (!isImage)
                    continue;
                var link = ProductArchive.Entry(format, name, TarEntryType.HardLink);
                link.LinkName = other;
                tar.WriteEntry(link);
            }
        }

        AssertEqualsFolder(folder.File("x.tar"));
    }

    [Test]
    public void A_bomb_in_a_gzip_is_refused_before_it_unfolds()
    {
        using (var file = File.Create(folder.File("x.tar.gz")))
        {
            // 300 members that become 64 MiB each, as gzip files may be joined.
            var member = new MemoryStream();
            using (var gzip = new GZipStream(member, CompressionLevel.Optimal, leaveOpen: true))
            {
                for (var i = 0; i < 64; i++)
                    gzip.Write(new byte[1 << 20]);
            }

            for (var i = 0; i < 300; i++)
                file.Write(member.GetBuffer().AsSpan(0, (int)member.Length));
        }

        var before = GC.GetTotalAllocatedBytes();
        AssertRefused("x.tar.gz", "more than 100 times as many: this is no product.");
        Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(1200L << 20));
    }

    [Test]
    public void A_zip_entry_that_states_more_than_it_holds_is_refused()
    {
        ProductArchive.Zip(folder.File("x.zip"), CompressionLevel.Optimal, ("METADATA.XML", new byte[100_000]));
        var bytes = File.ReadAllBytes(folder.File("x.zip"));
        var directory = bytes.AsSpan(bytes.AsSpan().LastIndexOf("PK\x01\x02"u8));

        BitConverter.TryWriteBytes(directory[24..], 0x7000_0000);
        File.WriteAllBytes(folder.File("x.zip"), bytes);
        AssertRefused("x.zip", "METADATA.XML is said to unpack from ", "this is no product.");
        BitConverter.TryWriteBytes(directory[24..], 99_999);
        File.WriteAllBytes(folder.File("x.zip"), bytes);
        AssertRefused("x.zip", "METADATA.XML: cannot be unpacked: it unpacks to more than 99999 bytes; expected 99999.");
        BitConverter.TryWriteBytes(directory[24..], 100_000);
        directory[16] ^= 1;
        File.WriteAllBytes(folder.File("x.zip"), bytes);
        AssertRefused("x.zip", "METADATA.XML: cannot be unpacked: its checksum is ");
        directory[8] |= 1;
        File.WriteAllBytes(folder.File("x.zip"), bytes);
        AssertRefused("x.zip", "METADATA.XML is encrypted; expected no password. Unpack it first.");
    }

    [Test]
    public void Archives_in_archives_in_archives_are_left_alone()
    {
        var name = "x.zip";
        ProductArchive.Zip(folder.File(name), CompressionLevel.Optimal, ProductArchive.Files(fixture.Product, Name));
        for (var depth = 0; depth < 2; depth++)
        {
            var inner = name;
            name = depth + name;
            ProductArchive.Zip(folder.File(name), CompressionLevel.Optimal, (inner, File.ReadAllBytes(folder.File(inner))));
        }

        Assert.That(ProductPath.InArchive(folder.File("0x.zip")), Has.Count.EqualTo(1));
        Assert.That(ProductPath.InArchive(folder.File(name)), Is.Empty);
    }

    [Test]
    public void An_image_of_another_format_in_an_archive_is_refused_with_the_conversion()
    {
        (string, byte[])[] files = [("a/x-METADATA.XML", File.ReadAllBytes(Path.Combine(fixture.Product, $"{Name}-METADATA.XML"))), ("a/x-SPECTRAL_IMAGE.JP2", [])];
        Pack(folder.File("x.zip"), "Optimal", files);

        AssertRefused("x.zip", "SPECTRAL_IMAGE.JP2 cannot be read, by its format; expected a GeoTIFF. Convert it: unpack the archive, then, in the product's folder, gdal_translate \"x-SPECTRAL_IMAGE.JP2\" \"x-SPECTRAL_IMAGE.TIF\"");
    }

    private static void Pack(string path, string form, (string, byte[])[] files)
    {
        if (Enum.TryParse<CompressionLevel>(form, out var level))
            ProductArchive.Zip(path, level, files);
        else
            ProductArchive.Tar(path, Enum.Parse<TarEntryFormat>(form), files);
    }

    private void AssertRefused(string name, params string[] parts) => ProductFixture.AssertRefused(folder.File(name), parts);

    private void AssertEqualsFolder(string path)
    {
        using var expected = Scene.Open(fixture.Product);
        using var scene = Scene.Open(path);
        Assert.That(scene.Metadata.SceneId, Is.EqualTo(Name));
        Assert.That(ProductFixture.Pixels(scene), Is.EqualTo(ProductFixture.Pixels(expected)));
        Assert.That(System.Text.Json.JsonSerializer.Serialize(SceneReport.Of(scene)), Is.EqualTo(System.Text.Json.JsonSerializer.Serialize(SceneReport.Of(expected))));
    }
}
