using System.Formats.Tar;
using System.IO.Compression;
using SpectralEarth.Testing;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>Products as they are delivered, through the program: the same data set whatever they are packed in.</summary>
[Parallelizable]
public sealed class ArchiveTests
{
    [Test]
    public void Tiling_a_tar_gz_and_a_list_of_a_zip_and_an_order_archive_gives_the_same_bytes_as_tiling_the_folders()
    {
        using var folder = new TemporaryFolder();
        var scenes = folder.File("scenes");
        ProgramRun.Succeeds("synth", "--out", scenes, "--scenes", "1", "--dates", "2", "--size", "96", "--seed", "5");
        var products = Directory.GetFiles(scenes, "*-METADATA.XML", SearchOption.AllDirectories).Select(Path.GetDirectoryName).Order(StringComparer.Ordinal).ToArray();
        ZipFile.CreateFromDirectory(products[0]!, folder.File("first.ZIP"), CompressionLevel.Fastest, includeBaseDirectory: true);
        Directory.CreateDirectory(folder.File("order"));
        ZipFile.CreateFromDirectory(products[1]!, folder.File("order/second.ZIP"), CompressionLevel.Fastest, includeBaseDirectory: true);
        TarGz(scenes, folder.File("both.tar.gz"));
        TarGz(folder.File("order"), folder.File("order.tgz"));
        File.WriteAllText(folder.File("scenes.txt"), "first.ZIP\norder.tgz\n");

        var fromFolders = Tile(folder, "folders", scenes);
        var fromTar = Tile(folder, "tar", folder.File("both.tar.gz"));
        var fromList = Tile(folder, "list", folder.File("scenes.txt"));

        Assert.That(fromFolders, Has.Count.GreaterThan(4));
        Assert.That(fromTar, Is.EqualTo(fromFolders));
        Assert.That(fromList, Is.EqualTo(fromFolders));
        Assert.That(ProgramRun.Succeeds("inspect", "--json", folder.File("first.ZIP")).Output, Is.EqualTo(ProgramRun.Succeeds("inspect", "--json", products[0]!).Output));
    }

    private static void TarGz(string folder, string path)
    {
        using var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        TarFile.CreateFromDirectory(folder, gzip, includeBaseDirectory: true);
    }

    private static IReadOnlyList<string> Tile(TemporaryFolder folder, string name, params string[] scenes)
    {
        var output = folder.File(name);
        ProgramRun.Succeeds(["tile", .. scenes, "--out", output, "--patch-size", "32"]);
        return FolderContent.Of(output);
    }
}
