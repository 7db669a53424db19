using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Shards.Verification;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;
using SpectralEarth.Tiling.Importing;
using static SpectralEarth.Tests.Tiling.Importing.ImportFiles;

namespace SpectralEarth.Tests.Tiling.Importing;

/// <summary>Imports that are given again after their sources have changed or moved.</summary>
public sealed class ImportContinuationTests
{
    [Test]
    public void A_finished_import_follows_other_lists_and_replaced_files()
    {
        using var folder = new TemporaryFolder();
        for (var i = 1; i <= 3; i++)
            PublishedFiles.WriteImage(folder.File($"in/enmap/{i}/00042.tif"), PublishedFiles.Pixels(202, seed: i), place: i);
        var (image, output) = (folder.File("in/enmap/3/00042.tif"), folder.File("out"));
        var whole = File.ReadAllBytes(image);
        File.WriteAllBytes(image, whole[..^2000]);
        WriteLists(folder.File("easy"), ".txt", new() { ["train"] = "1/00042.tif\n2/00042.tif\n" });
        WriteLists(folder.File("hard"), ".txt", new() { ["train"] = "2/00042.tif\n", ["test"] = "1/00042.tif\n3/00042.tif\n4/00042.tif\n" });
        var easy = Options(folder, PatchLayout.SpectralEarth) with { Splits = folder.File("easy") };
        var hard = easy with { Splits = folder.File("hard") };

        DatasetImporter.Run(easy);
        var again = DatasetImporter.Run(easy);
        Assert.That((again.WasFinished, again.Rejected.Single().Path), Is.EqualTo((true, image)));

        var resplit = DatasetImporter.Run(hard);
        Assert.That(resplit.Rejected.Select(one => one.Path), Is.EqualTo(new[] { image, "4" }));
        Assert.That(SplitFile.Read(SplitFile.FileName, Dataset.Open(output)).Test, Is.EqualTo(new[] { 0 }));
        Assert.That(FolderContent.Of(output), Is.EqualTo(Fresh("cut")));
        Assert.That(DatasetVerifier.Run(output).Problems, Is.Empty);

        File.WriteAllBytes(image, whole);
        var mended = DatasetImporter.Run(hard);
        Assert.That((mended.Patches, mended.Rejected.Count), Is.EqualTo((3, 1)));
        Assert.That(FolderContent.Of(output), Is.EqualTo(Fresh("mended")));

        IReadOnlyList<string> Fresh(string name)
        {
            DatasetImporter.Run(hard with { Output = folder.File(name) });
            return FolderContent.Of(folder.File(name));
        }
    }

    [Test]
    public void A_finished_import_follows_the_header_and_the_quality_layers_beside_images()
    {
        using var folder = new TemporaryFolder();
        var files = folder.File("in/patches/tile/patch/patch");
        PublishedFiles.WriteImage($"{files}-SPECTRAL_IMAGE.TIF", PublishedFiles.Pixels(224, seed: 1), place: 1);
        PublishedFiles.WriteLayer($"{files}-QL_QUALITY_CLOUD.TIF", _ => 0, place: 1);
        var options = Options(folder, PatchLayout.HySpecNet11k);
        DatasetImporter.Run(options);
        Assert.That((DatasetImporter.Run(options).WasFinished, Clouds()), Is.EqualTo((true, 0)));

        PublishedFiles.WriteLayer($"{files}-QL_QUALITY_CLOUD.TIF", _ => 1, place: 1);
        Assert.That((DatasetImporter.Run(options).WasFinished, Clouds()), Is.EqualTo((false, 1)));
        File.WriteAllText($"{files}-SPECTRAL_IMAGE.hdr", "ENVI\n");
        Assert.That(DatasetImporter.Run(options).WasFinished, Is.False);
        Assert.That(DatasetImporter.Run(options).WasFinished, Is.True);

        using var scene = SensorImage.Open($"{files}-SPECTRAL_IMAGE.TIF", SensorCatalog.Load("enmap"));
        Assert.That(scene.Files, Is.EqualTo(new[] { $"{files}-SPECTRAL_IMAGE.TIF", $"{files}-SPECTRAL_IMAGE.hdr", $"{files}-QL_QUALITY_CLOUD.TIF" }));

        double Clouds() => Dataset.Open(options.Output).Catalog.Single().CloudFraction;
    }

    [Test]
    public void An_import_goes_on_and_is_finished_wherever_its_source_lies_by_now()
    {
        using var folder = new TemporaryFolder();
        for (var i = 1; i <= 3; i++)
            PublishedFiles.WriteImage(folder.File($"in/enmap/{i}/00042.tif"), PublishedFiles.Pixels(202, seed: i), place: i);
        var image = folder.File("in/enmap/3/00042.tif");
        File.WriteAllBytes(image, File.ReadAllBytes(image)[..^2000]);
        WriteLists(folder.File("lists"), ".txt", new() { ["train"] = "1/00042.tif\n" });
        var options = Options(folder, PatchLayout.SpectralEarth);
        var moved = options with { Folder = folder.File("moved") };
        Assert.Throws<TimeoutException>(() => DatasetImporter.Run(options, new Told<double>(_ => throw new TimeoutException())));

        Directory.Move(options.Folder, moved.Folder);
        var resumed = DatasetImporter.Run(moved);
        var again = DatasetImporter.Run(moved);
        var split = DatasetImporter.Run(moved with { Splits = folder.File("lists") });

        Assert.That((resumed.WasFinished, again.WasFinished), Is.EqualTo((false, true)));
        foreach (var report in new[] { resumed, again, split })
            Assert.That((report.Patches, report.Rejected.Single().Path), Is.EqualTo((2, image)), "where it lay when it was read");
    }
}
