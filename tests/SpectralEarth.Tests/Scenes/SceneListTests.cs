using System.IO.Compression;
using System.Runtime.Versioning;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Products;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;
using SpectralEarth.Tests.Scenes.Archives;

namespace SpectralEarth.Tests.Scenes;

/// <summary>What the paths on a command line become.</summary>
public sealed class SceneListTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeProducts()
    {
        folder = new TemporaryFolder();
        foreach (var name in new[] { "tree/one", "tree/deep/er/two", "other" })
        {
            Directory.CreateDirectory(folder.File(name));
            File.WriteAllText(folder.File($"{name}/X-METADATA.XML"), "");
        }

        File.WriteAllText(folder.File("tree/readme.md"), "");
        ProductArchive.Zip(folder.File("tree/deep/three.zip"), CompressionLevel.Optimal, ("three/X-METADATA.XML", []));
        ProductArchive.Zip(folder.File("tree/both.ZIP"), CompressionLevel.Optimal, ("a/X-METADATA.XML", []), ("b/X-METADATA.XML", []));
        ProductArchive.Zip(folder.File("tree/tools.zip"), CompressionLevel.Optimal, ("tool.exe", []));
        File.WriteAllText(folder.File("tree/cut.tgz"), "cut");
    }

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void A_tree_becomes_its_folders_archives_and_the_products_of_archives_that_hold_several()
    {
        Assert.That(Expand("tree/"), Is.EqualTo(new[]
        {
            "tree/both.ZIP!/a/X-METADATA.XML", "tree/both.ZIP!/b/X-METADATA.XML", "tree/cut.tgz", "tree/deep/er/two", "tree/deep/three.zip", "tree/one", "tree/tools.zip",
        }));
    }

    [Test]
    public void Files_whose_names_only_end_like_metadata_are_none()
    {
        File.WriteAllText(folder.File("tree/order_metadata.xml"), "");
        File.WriteAllText(folder.File("tree/deep/er/MYMETADATA.XML"), "");
        File.WriteAllText(folder.File("other/METADATA.XML.XML"), "");

        Assert.That(Expand("tree/deep/er"), Is.EqualTo(new[] { "tree/deep/er/two" }));
        Assert.That(Expand("tree"), Has.Length.EqualTo(7).And.Contain("tree/deep/er/two"));
        Assert.That(Expand("other"), Is.EqualTo(new[] { "other/METADATA.XML.XML", "other/X-METADATA.XML" }));
    }

    [Test]
    public void Folders_to_which_links_lead_are_entered_once_under_their_own_names()
    {
        var expected = Expand("tree");
        Directory.CreateSymbolicLink(folder.File("tree/current"), ".");
        Directory.CreateSymbolicLink(folder.File("tree/a"), "deep");
        Directory.CreateSymbolicLink(folder.File("tree/deep/latest"), folder.File("tree"));

        Assert.That(Expand("tree"), Is.EqualTo(expected));
        Assert.That(Expand("tree/**/*.zip"), Is.EqualTo(new[] { "tree/deep/three.zip", "tree/tools.zip" }));

        Directory.CreateSymbolicLink(folder.File("tree/else"), folder.File("other"));
        Assert.That(Expand("tree"), Is.EquivalentTo(expected.Append("tree/else")));
    }

    [Test]
    [Platform("Linux")]
    [CancelAfter(20_000)]
    public async Task A_named_pipe_is_refused_without_a_wait_for_its_writer(CancellationToken cancel)
    {
        using (var maker = System.Diagnostics.Process.Start("mkfifo", [folder.File("tree/pipe.zip")]))
            await maker.WaitForExitAsync(cancel);

        var expand = Task.Run(() => Expand("tree"), cancel);

        Assert.That(await expand.WaitAsync(cancel), Does.Contain("tree/pipe.zip"));
        Assert.That(() => SceneList.Open(folder.File("tree/pipe.zip"), SensorCatalog.Load("enmap")), Throws.TypeOf<SceneException>().With.Message.Contains("pipe.zip: has no zip directory at its end."));
    }

    [TestCase("tree")]
    [TestCase("tree/**/X-METADATA.XML")]
    [TestCase("tree/*/X-METADATA.XML")]
    [TestCase("tree/lo*")]
    [Platform("Linux"), SupportedOSPlatform("linux")]
    public void A_folder_that_may_not_be_read_is_kept_so_that_it_is_rejected(string path)
    {
        var (locked, sensor) = (folder.File("tree/locked"), SensorCatalog.Load("enmap"));
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        Directory.CreateDirectory(locked);
        Assert.That(() => SceneList.Open(locked, sensor), Throws.TypeOf<SceneException>().With.Message.Contains("has no METADATA.XML"));
        File.SetUnixFileMode(locked, UnixFileMode.None);
        _ = Expand(path);   // as root, so that all assemblies are loaded
        try
        {
            using var nobody = new ForeignUser();
            Assert.That(Expand(path), Does.Contain("tree/locked"));
            Assert.That(() => SceneList.Open(locked, sensor), Throws.TypeOf<SceneException>().With.Message.Contains("tree/locked: cannot be read."));
        }
        finally
        {
            File.SetUnixFileMode(locked, (UnixFileMode)0b111_000_000);
        }
    }

    [Test]
    public void Of_another_sensor_archives_are_kept_so_that_they_are_rejected()
    {
        var sensor = SensorCatalog.Load("desis");
        Directory.CreateDirectory(folder.File("desis/empty"));
        File.WriteAllText(folder.File("desis/a.tif"), "");
        File.WriteAllText(folder.File("desis/b.zip"), "");

        Assert.That(SceneList.Expand([folder.File("desis")], ProductForm.Geotiff), Is.EqualTo(new[] { folder.File("desis/a.tif"), folder.File("desis/b.zip") }));
        Assert.That(() => SceneList.Open(folder.File("desis/b.zip"), sensor), Throws.TypeOf<SceneException>().With.Message.Contains(
            "b.zip: of archives only those of EnMAP L2A products are read in place. Unpack it and name the folder: scenes of DESIS are GeoTIFFs."));
        Assert.That(() => SceneList.Open(folder.File("desis/empty"), sensor), Throws.TypeOf<SceneException>().With.Message.Contains("empty: holds no GeoTIFF (.tif, .tiff). Expected images of DESIS."));
    }

    [TestCase("tree/x.tar.bz2")]
    [TestCase("tree/deep/x.TAR.XZ")]
    [TestCase("tree/x.7z")]
    [TestCase("tree/x.rar")]
    public void Archives_of_kinds_that_are_not_read_are_kept_so_that_they_are_rejected(string name)
    {
        File.WriteAllText(folder.File(name), "");

        foreach (var path in new[] { "tree", "tree/**" })
            Assert.That(Expand(path), Does.Contain(name).And.Contain("tree/one"));
        Assert.That(() => SceneList.Open(folder.File(name), SensorCatalog.Load("enmap")), Throws.TypeOf<SceneException>().With.Message.EndsWith(
            $"{name}: expected the folder of an EnMAP L2A product, its METADATA.XML or its archive (.zip, .tar, .tar.gz, .tgz). Archives of other kinds are not read: unpack it and name the folder."));
        Assert.That(() => SceneList.Open(folder.File(name), SensorCatalog.Load("desis")), Throws.TypeOf<SceneException>().With.Message.Contains("Unpack it and name the folder"));
    }

    [Test]
    public void Products_without_metadata_are_kept_so_that_they_are_rejected_but_no_other_images()
    {
        const string product = "ENMAP01-____L2A-DT0000001867_20220724T104526Z_008_V010302_20230628T165614Z";
        string[] kept = ["half", "other-form", "bare"];
        string[] images =
        [
            $"half/{product}-SPECTRAL_IMAGE_COG.TIF", $"other-form/{product}-SPECTRAL_IMAGE.bsq", "bare/SPECTRAL_IMAGE.TIF",
            $"patch/{product}-Y01460273_X03110438-SPECTRAL_IMAGE.TIF", "desis/DESIS-HSI-L2A-DT0408711896_008-20200101T101010-V0213-SPECTRAL_IMAGE.tif", $"sidecar/{product}-SPECTRAL_IMAGE.TIF.aux.xml",
        ];
        string[] whole = [$"whole/{product}-METADATA.XML", $"whole/{product}-SPECTRAL_IMAGE.TIF"];
        foreach (var file in images.Concat(whole))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File($"gaps/{file}"))!);
            File.WriteAllText(folder.File($"gaps/{file}"), "");
        }

        ProductArchive.Zip(folder.File("flat.zip"), CompressionLevel.Optimal, ($"{product}-SPECTRAL_IMAGE.TIF", []));
        ProductArchive.Zip(folder.File("order.zip"), CompressionLevel.Optimal,
            [.. whole.Concat(images).Select(file => (file, Array.Empty<byte>())), ("flat.zip", File.ReadAllBytes(folder.File("flat.zip")))]);

        Assert.That(Expand("gaps"), Is.EquivalentTo(kept.Append("whole").Select(name => $"gaps/{name}")));
        Assert.That(Expand("flat.zip"), Is.EqualTo(new[] { "flat.zip" }));
        Assert.That(Expand("order.zip"), Is.EquivalentTo(kept.Append("flat.zip").Append(whole[0]).Select(name => $"order.zip!/{name}")));
        foreach (var path in kept.SelectMany(name => new[] { $"gaps/{name}", $"order.zip!/{name}" }).Append("flat.zip").Append("order.zip!/flat.zip"))
            Assert.That(() => SceneList.Open(folder.File(path), SensorCatalog.Load("enmap")), Throws.TypeOf<SceneException>().With.Message.Contains($"{path}: has no METADATA.XML; expected "));
    }

    [Test]
    public void An_archive_that_is_named_stays_even_without_a_product()
    {
        Assert.That(Expand("tree/tools.zip", "tree/deep/three.zip"), Is.EqualTo(new[] { "tree/deep/three.zip", "tree/tools.zip" }));
        Assert.That(Expand("tree/both.ZIP!/b"), Is.EqualTo(new[] { "tree/both.ZIP!/b" }));
    }

    [TestCase("tree/*", "tree/both.ZIP!/a/X-METADATA.XML,tree/both.ZIP!/b/X-METADATA.XML,tree/cut.tgz,tree/deep/er/two,tree/deep/three.zip,tree/one,tree/tools.zip")]
    [TestCase("tree/**/*.zip", "tree/deep/three.zip,tree/tools.zip")]
    [TestCase("*/o?e", "tree/one")]
    [TestCase("oth*/X-METADATA.XML", "other/X-METADATA.XML")]
    public void A_pattern_becomes_what_it_matches_but_no_other_files(string pattern, string expected)
    {
        Assert.That(Expand(pattern), Is.EqualTo(expected.Split(',')));
    }

    [Test]
    public void A_list_names_scenes_relative_to_itself()
    {
        Directory.CreateDirectory(folder.File("lists"));
        File.WriteAllLines(folder.File("lists/scenes.txt"), ["# July", "", "  ../tree/one ", $"\"{folder.File("other")}\"", "'../tree/**/thr*.zip'", "../tree/one"]);

        Assert.That(Expand("lists/scenes.txt"), Is.EqualTo(new[] { "other", "tree/deep/three.zip", "tree/one" }));
    }

    [Test]
    public void Lines_of_a_list_that_name_nothing_are_kept_so_that_they_are_rejected()
    {
        File.WriteAllLines(folder.File("scenes.txt"), ["nowhere", "other", "tree/no*where"]);

        Assert.That(Expand("scenes.txt"), Is.EqualTo(new[] { "nowhere", "other", "tree/no*where" }));
        foreach (var (line, reason) in new[] { ("nowhere", "there is no such file or folder"), ("tree/no*where", "matches no folder") })
            Assert.That(() => SceneList.Open(folder.File(line), SensorCatalog.Load("enmap")), Throws.TypeOf<SceneException>().With.Message.Contains($"{line}: {reason}"));
    }

    [Test]
    public void What_does_not_exist_is_named_with_its_line_where_nothing_else_is_left()
    {
        File.WriteAllLines(folder.File("scenes.txt"), ["# lost", "nowhere", "now*"]);
        File.WriteAllLines(folder.File("lists.txt"), ["other", "scenes.txt"]);

        AssertRefused("scenes.txt", "scenes.txt, line 2: ", "nowhere: there is no such file or folder.");
        AssertRefused("lists.txt", "lists.txt, line 2: names another list");
        AssertRefused("no*where", "no*where: matches no folder, archive, METADATA.XML or GeoTIFF.");
    }

    [Test]
    public void A_list_without_scenes_is_refused()
    {
        File.WriteAllLines(folder.File("empty.txt"), ["# none yet", ""]);

        AssertRefused("empty.txt", "empty.txt: names no scene");
    }

    [TestCase("tree")]
    [TestCase("tree/**")]
    [TestCase("tree/*")]
    [TestCase("tree/both.ZIP")]
    public void A_search_ends_when_it_is_to_stop(string path) =>
        Assert.That(() => SceneList.Expand([folder.File(path)], cancel: new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());

    private void AssertRefused(string path, params string[] parts)
    {
        var error = Assert.Throws<SceneException>(() => SceneList.Expand([folder.File(path)]))!;
        foreach (var part in parts)
            Assert.That(error.Message, Does.Contain(part));
    }

    private string[] Expand(params string[] paths) =>
        [.. SceneList.Expand([.. paths.Select(folder.File)]).Select(path => Path.GetRelativePath(folder.Path, path))];
}
