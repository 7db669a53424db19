using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Shards.Verification;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;
using SpectralEarth.Tiling.Importing;
using static SpectralEarth.Tests.Tiling.Importing.ImportFiles;

namespace SpectralEarth.Tests.Tiling.Importing;

public sealed class DatasetImporterTests
{
    private const int Side = PublishedFiles.Side;
    private static readonly IReadOnlyList<int> Kept = SensorCatalog.Load("enmap").DefaultBands;

    [Test]
    public void Spectralearths_patch_folders_become_locations_and_their_files_dates_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        var written = new Dictionary<(string, string), short[]>();
        foreach (var (patch, scene) in new[] { ("0001566", "00042"), ("0001566", "00107"), ("0000003", "00042") })
        {
            var pixels = written[(patch, scene)] = PublishedFiles.Pixels(202, seed: written.Count);
            PublishedFiles.WriteImage(folder.File($"in/enmap/{patch}/{scene}.tif"), pixels, place: patch == "0001566" ? 1 : 2);
        }

        var report = DatasetImporter.Run(Options(folder, PatchLayout.SpectralEarth));

        var dataset = Dataset.Open(folder.File("out"));
        Assert.That((report.Patches, report.Rejected.Count), Is.EqualTo((3, 0)));
        Assert.That(dataset.Manifest.Bands, Is.EqualTo(Kept));
        Assert.That(dataset.Catalog.Select(patch => (patch.LocationId, patch.SceneId)), Is.EqualTo(new[] { ("0000003", "00042"), ("0001566", "00042"), ("0001566", "00107") }));
        Assert.That(dataset.Catalog.Select(patch => patch.Time), Is.All.EqualTo(SensorImage.UnknownTime));
        Assert.That(dataset.Catalog.Select(patch => patch.Arrangement), Is.All.EqualTo("unknown"), "the files tell no wavelengths");
        foreach (var index in Enumerable.Range(0, 3))
        {
            var patch = dataset.Read(index);
            var pixels = written[(patch.Info.LocationId, patch.Info.SceneId)];
            Assert.That(patch.Pixels, Is.EqualTo(pixels));
            Assert.That(patch.Validity, Is.EqualTo(pixels.Take(Side * Side).Select(value => value == Scene.NoData ? 0 : 1)));
            Assert.That(patch.Info.Left, Is.EqualTo(364_095 + (patch.Info.LocationId == "0001566" ? 480 : 960)));
        }

        Assert.That(DatasetVerifier.Run(folder.File("out")).Problems, Is.Empty);
    }

    [Test]
    public void Wavelengths_are_those_that_the_files_tell_and_are_exported_again()
    {
        using var folder = new TemporaryFolder();
        var later = SensorCatalog.Load("enmap").Arrangements[1];
        var bands = later.Bands.Select(Kept);
        PublishedFiles.WriteImage(folder.File("in/enmap/0000007/00042.tif"), PublishedFiles.Pixels(202, seed: 1), place: 1, bands);

        DatasetImporter.Run(Options(folder, PatchLayout.SpectralEarth));
        var dataset = Dataset.Open(folder.File("out"));
        PatchExporter.Export(dataset, folder.File("again"), []);
        var back = DatasetImporter.Run(Options(folder, PatchLayout.SpectralEarth) with { Folder = folder.File("again"), Output = folder.File("back") });
        using var exported = SensorImage.Open(folder.File("again/0000007/00042.tif"), SensorCatalog.Load("enmap"));

        Assert.That(bands.WavelengthsNm, Is.Not.EqualTo(SensorCatalog.Load("enmap").Bands.Select(Kept).WavelengthsNm));
        Assert.That(dataset.Catalog[0].Arrangement, Is.EqualTo(later.Name));
        Assert.That(dataset.Manifest.WavelengthsNm, Is.EqualTo(bands.WavelengthsNm));
        Assert.That((back.Patches, back.Rejected.Count), Is.EqualTo((1, 0)), "the files beside the images are passed over");
        Assert.That(exported.Metadata.Bands.WavelengthsNm, Is.EqualTo(bands.WavelengthsNm).Within(0.005));
    }

    [Test]
    public void Patches_that_tell_no_wavelengths_are_exported_without_and_imported_again_by_number()
    {
        using var folder = new TemporaryFolder();
        PublishedFiles.WriteImage(folder.File("in/enmap/0000007/00042.tif"), PublishedFiles.Pixels(202, seed: 1), place: 1);

        DatasetImporter.Run(Options(folder, PatchLayout.SpectralEarth));
        PatchExporter.Export(Dataset.Open(folder.File("out")), folder.File("again"), []);
        DatasetImporter.Run(Options(folder, PatchLayout.SpectralEarth) with { Folder = folder.File("again"), Output = folder.File("back") });
        using var exported = SensorImage.Open(folder.File("again/0000007/00042.tif"), SensorCatalog.Load("enmap"));

        Assert.That(exported.Metadata.TellsWavelengths, Is.False);
        Assert.That(Dataset.Open(folder.File("back")).Catalog[0].Arrangement, Is.EqualTo("unknown"));
        Assert.That(Dataset.Open(folder.File("back")).Read(0).Pixels, Is.EqualTo(Dataset.Open(folder.File("out")).Read(0).Pixels));
    }

    [Test]
    public void Hyspecnet_keeps_202_of_224_bands_the_quality_layers_and_the_published_split()
    {
        using var folder = new TemporaryFolder();
        const string scene = "ENMAP01-____L2A-DT0000004950_20221103T162438Z_001_V010110_20221118T145147Z";
        var lists = new Dictionary<string, string>();
        for (var i = 0; i < 4; i++)
        {
            var patch = $"{scene}-Y0146027{i}_X05670694";
            var files = folder.File($"in/patches/{scene}/{patch}/{patch}");
            PublishedFiles.WriteImage($"{files}-SPECTRAL_IMAGE.TIF", PublishedFiles.Pixels(224, seed: i), place: i);
            PublishedFiles.WriteLayer($"{files}-QL_QUALITY_CLASSES.TIF", pixel => pixel < 32 ? (byte)2 : (byte)1, place: i);
            PublishedFiles.WriteLayer($"{files}-QL_QUALITY_CLOUD.TIF", pixel => pixel % Side < 4 ? (byte)1 : (byte)0, place: i);
            File.WriteAllText($"{files}-THUMBNAIL.jpg", "no picture");
            if (i < 3)
                lists[new[] { "train", "val", "test" }[i]] = $"{scene}/{patch}/{patch}-DATA.npy\n";
        }

        WriteLists(folder.File("in/splits/easy"), ".csv", lists);
        DatasetImporter.Run(Options(folder, PatchLayout.HySpecNet11k) with { Splits = folder.File("in/splits/easy") });

        var dataset = Dataset.Open(folder.File("out"));
        Assert.That(dataset.Catalog.Select(patch => patch.SceneId), Is.All.EqualTo(scene));
        Assert.That(dataset.Catalog.Select(patch => patch.Time), Is.All.EqualTo(new DateTime(2022, 11, 3, 16, 24, 38, DateTimeKind.Utc)));
        for (var i = 0; i < 4; i++)
        {
            var all = PublishedFiles.Pixels(224, seed: i);
            var patch = dataset.Read(i);
            Assert.That(patch.Pixels, Is.EqualTo(Kept.SelectMany(band => all.Skip((band - 1) * Side * Side).Take(Side * Side))));
            var valid = Enumerable.Range(0, Side * Side).Where(pixel => patch.Validity[pixel] == 1).ToArray();
            Assert.That(patch.Info.CloudFraction, Is.EqualTo(valid.Count(pixel => pixel % Side < 4) / (double)valid.Length).Within(1e-6));
            Assert.That(patch.Info.WaterFraction, Is.EqualTo(valid.Count(pixel => pixel < 32) / (double)valid.Length).Within(1e-6));
        }

        var split = SplitFile.Read(SplitFile.FileName, dataset);
        Assert.That(split.Parts, Is.EqualTo(new[] { new[] { 0 }, new[] { 1 }, new[] { 2 } }));
        Assert.That(split.DroppedLocations, Is.EqualTo(1));
    }

    [Test]
    public void Downstream_labels_become_class_numbers_of_the_task_whatever_their_codes()
    {
        using var folder = new TemporaryFolder();
        var task = TaskDescriptor.Load("enmap-eurocrops");
        uint[] known = [0, 77, (uint)task.Classes[0].Codes[0], (uint)task.Classes[14].Codes[0]];
        var expected = new Dictionary<string, byte[]>();
        for (var i = 0; i < 3; i++)
        {
            var choice = Enumerable.Range(0, Side * Side).Select(pixel => (pixel + (7 * i)) % 4).ToArray();
            PublishedFiles.WriteImage(folder.File($"in/enmap/000000{i}/00042.tif"), PublishedFiles.Pixels(202, seed: i), place: i);
            PublishedFiles.WriteLabels(folder.File($"in/eurocrops/000000{i}/00042.tif"), [.. choice.Select(number => known[number])], place: i);
            expected[$"000000{i}"] = [.. choice.Select(number => number < 2 ? (byte)0 : number == 2 ? (byte)1 : (byte)15)];
        }

        // No newline at the end, as in the published lists of NLCD.
        WriteLists(folder.File("in/lists"), ".txt", new() { ["train"] = "0000001/00042.tif\n0000002/00042.tif", ["test"] = "0000000/00042.tif" });
        DatasetImporter.Run(Options(folder, PatchLayout.Downstream) with { Task = "enmap-eurocrops", Splits = folder.File("in/lists") });

        var dataset = Dataset.Open(folder.File("out"));
        Assert.That(dataset.Manifest.Classes.Select(item => (item.Code, item.Name)), Is.EqualTo(task.Classes.Select((item, i) => (i + 1, item.Name))));
        for (var i = 0; i < 3; i++)
            Assert.That(dataset.Read(i).Labels, Is.EqualTo(expected[dataset.Catalog[i].LocationId]));
        var split = SplitFile.Read(SplitFile.FileName, dataset);
        Assert.That(split.Train, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(split.Test, Is.EqualTo(new[] { 0 }));
    }

    [Test]
    public void Codes_of_no_class_are_counted_and_an_edited_coding_is_not_taken_for_the_finished_one()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 2; i++)
        {
            PublishedFiles.WriteImage(folder.File($"in/images/000000{i}/1.tif"), PublishedFiles.Pixels(202, seed: i), place: i);
            PublishedFiles.WriteLabels(folder.File($"in/labels/000000{i}/1.tif"), [.. Enumerable.Range(0, Side * Side).Select(pixel => pixel switch { < 5 => 0u, < 12 => 500u, < 20 => 400u, < 40 => 100u, _ => 200u })], place: i);
        }

        WriteOwnTask(folder, "100");
        var options = Options(folder, PatchLayout.Downstream) with { Task = folder.File("task") };
        var report = DatasetImporter.Run(options);
        var again = DatasetImporter.Run(options);
        WriteOwnTask(folder, "100, 400");
        var edited = Assert.Throws<DatasetException>(() => DatasetImporter.Run(options));

        Assert.That(report.UnknownCodes.Select(one => one.ToString()), Is.EqualTo(new[] { "400 (16 px)", "500 (14 px)" }));
        Assert.That(again.UnknownCodes, Is.EqualTo(report.UnknownCodes));
        Assert.That(edited!.Message, Does.Contain("made otherwise"));
    }

    [Test]
    public void Pieces_of_a_stopped_import_are_made_again_when_the_coding_was_edited()
    {
        using var folder = new TemporaryFolder();
        PublishedFiles.WriteImage(folder.File("in/images/0000001/1.tif"), PublishedFiles.Pixels(202, seed: 1), place: 1);
        PublishedFiles.WriteLabels(folder.File("in/labels/0000001/1.tif"), [.. Enumerable.Repeat(400u, Side * Side)], place: 1);
        var options = Options(folder, PatchLayout.Downstream) with { Task = folder.File("task") };
        WriteOwnTask(folder, "100");
        Assert.Throws<TimeoutException>(() => DatasetImporter.Run(options, new Told<double>(_ => throw new TimeoutException())));
        WriteOwnTask(folder, "100, 400");

        DatasetImporter.Run(options);

        Assert.That(Dataset.Open(folder.File("out")).Read(0).Labels, Is.All.EqualTo(1));
    }

    [Test]
    public void Bad_files_are_rejected_with_their_reasons_and_the_rest_goes_on()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "good", "unlabelled", "cut", "empty", "half" })
        {
            var pixels = PublishedFiles.Pixels(202, seed: 1);
            if (name == "empty")
                Array.Fill(pixels, Scene.NoData);
            PublishedFiles.WriteImage(folder.File($"in/enmap/{name}/1.tif"), pixels, place: 1);
            PublishedFiles.WriteLabels(folder.File($"in/cdl/{name}/1.tif"), new uint[Side * Side], place: 1);
        }

        PublishedFiles.WriteImage(folder.File("in/enmap/narrow/1.tif"), PublishedFiles.Pixels(150, seed: 1), place: 1);
        PublishedFiles.WriteImage(folder.File("in/enmap/elsewhere/1.tif"), PublishedFiles.Pixels(202, seed: 1), place: 1);
        PublishedFiles.WriteLabels(folder.File("in/cdl/elsewhere/1.tif"), new uint[Side * Side], place: 2);
        using (var half = LabelRaster.Open(folder.File("in/cdl/half/1.tif")))
            GeoTiffWriter.WriteImage<byte>(folder.File("half.tif"), half.Grid! with { Width = Side / 2 }, 1, new TiffEncoding(), null, (_, _, _) => { });
        File.Move(folder.File("half.tif"), folder.File("in/cdl/half/1.tif"), overwrite: true);
        File.Delete(folder.File("in/cdl/unlabelled/1.tif"));
        File.WriteAllBytes(folder.File("in/enmap/cut/1.tif"), File.ReadAllBytes(folder.File("in/enmap/cut/1.tif"))[..^2000]);
        WriteLists(folder.File("in"), ".txt", new() { ["train"] = "good/1.tif\nabsent/1.tif\n" });

        var report = DatasetImporter.Run(Options(folder, PatchLayout.Downstream) with { Task = "enmap-cdl", Splits = folder.File("in") });

        var reasons = report.Rejected.ToDictionary(one => one.Path.Split('/', '\\').Reverse().Skip(one.Path == "absent" ? 0 : 1).First(), one => one.Reason);
        Assert.That(report.Patches, Is.EqualTo(1));
        Assert.That(reasons.Keys, Is.EquivalentTo(new[] { "absent", "cut", "elsewhere", "empty", "half", "narrow", "unlabelled" }));
        Assert.That(reasons["absent"], Does.Contain("train.txt").And.Contain("there is no image of it"));
        Assert.That(reasons["elsewhere"], Does.Contain("expected left"));
        Assert.That(reasons["empty"], Does.Contain("not one pixel has data"));
        Assert.That(reasons["half"], Does.Contain("8 x 16 pixels").And.Contain("cover a part of the image only"));
        Assert.That(reasons["narrow"], Does.Contain("150 bands; expected 224 or 202, as EnMAP has"));
        Assert.That(reasons["unlabelled"], Does.Contain("expected the labels of"));
        Assert.That(File.ReadAllLines(folder.File("out/rejected.csv")), Has.Length.EqualTo(8));
    }

    [Test]
    public void An_import_that_was_stopped_ends_as_if_it_had_not_been_and_the_same_command_does_nothing()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 9; i++)
            PublishedFiles.WriteImage(folder.File($"in/enmap/{i:D7}/00042.tif"), PublishedFiles.Pixels(202, seed: i), place: i);
        var options = Options(folder, PatchLayout.SpectralEarth);
        DatasetImporter.Run(options with { Output = folder.File("whole"), Threads = 1 });

        Assert.Throws<TimeoutException>(() => DatasetImporter.Run(options, new Told<double>(_ => throw new TimeoutException())));
        Assert.Throws<DatasetException>(() => Dataset.Open(folder.File("out")));
        var resumed = DatasetImporter.Run(options);
        var again = DatasetImporter.Run(options);
        var other = Assert.Throws<DatasetException>(() => DatasetImporter.Run(options with { Codec = "raw" }));

        Assert.That(FolderContent.Of(folder.File("out")), Is.EqualTo(FolderContent.Of(folder.File("whole"))));
        Assert.That((resumed.WasFinished, again.WasFinished, again.Patches), Is.EqualTo((false, true, 9)));
        Assert.That(other!.Message, Does.Contain("made otherwise"));
    }

    [Test]
    public void An_unfinished_import_is_refused_by_tile_and_the_other_way_round()
    {
        using var folder = new TemporaryFolder();
        PublishedFiles.WriteImage(folder.File("in/enmap/0000001/00042.tif"), PublishedFiles.Pixels(202, seed: 1), place: 1);
        var options = Options(folder, PatchLayout.SpectralEarth);
        Assert.Throws<TimeoutException>(() => DatasetImporter.Run(options, new Told<double>(_ => throw new TimeoutException())));
        var before = FolderContent.Of(folder.File("out"));

        var tile = Assert.Throws<DatasetException>(() => Tiler.Run(new TileOptions { Scenes = [folder.File("in/enmap")], Output = folder.File("out") }));
        new WorkFolder(folder.File("tiled"), Tiler.Job).Dispose();
        var import = Assert.Throws<DatasetException>(() => DatasetImporter.Run(options with { Output = folder.File("tiled") }));

        Assert.That(tile!.Message, Does.Contain("unfinished run of 'dataset import'"));
        Assert.That(import!.Message, Does.Contain("unfinished run of 'tile'"));
        Assert.That(FolderContent.Of(folder.File("out")), Is.EqualTo(before));
    }

    [Test]
    public void Folders_lists_and_options_that_do_not_fit_are_refused()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("in/enmap/0000001"));
        WriteLists(folder.File("both"), ".txt", new() { ["train"] = "a/1.tif", ["test"] = "a/1.tif" });
        Directory.CreateDirectory(folder.File("none"));
        var options = Options(folder, PatchLayout.SpectralEarth);

        Assert.That(() => DatasetImporter.Run(options), Throws.TypeOf<SceneException>().With.Message.Contains("Expected enmap/PATCH/SCENE.tif"));
        Assert.That(() => DatasetImporter.Run(options with { Folder = folder.File("absent") }), Throws.TypeOf<SceneException>().With.Message.Contains("no such folder"));
        Assert.That(() => DatasetImporter.Run(options with { Splits = folder.File("both") }), Throws.TypeOf<SceneException>().With.Message.Contains("what is trained on would be tested on"));
        Assert.That(() => DatasetImporter.Run(options with { Splits = folder.File("none") }), Throws.TypeOf<SceneException>().With.Message.Contains("Expected train.txt"));
        Assert.That(() => DatasetImporter.Run(options with { Task = "enmap-cdl" }), Throws.ArgumentException.With.Message.Contains("--task"));
        PublishedFiles.WriteImage(folder.File("in/enmap/0000001/1.tif"), PublishedFiles.Pixels(202, seed: 1), place: 1);
        File.Copy(folder.File("in/enmap/0000001/1.tif"), folder.File("in/enmap/0000001/1.tiff"));
        Assert.That(() => DatasetImporter.Run(options), Throws.TypeOf<SceneException>().With.Message.Contains("both are scene 1 of location 0000001"));
    }

    [Test]
    public void An_import_that_can_use_no_patch_leaves_the_folder_to_other_jobs()
    {
        using var folder = new TemporaryFolder();
        PublishedFiles.WriteImage(folder.File("in/enmap/0000001/1.tif"), PublishedFiles.Pixels(202, seed: 1), place: 1);

        Assert.That(() => DatasetImporter.Run(Options(folder, PatchLayout.SpectralEarth) with { PatchSize = 128 }), Throws.TypeOf<SceneException>().With.Message.Contains("no patch could be used:\n"));

        Assert.That(Directory.GetFileSystemEntries(folder.File("out")), Is.Empty);
        Assert.That(() => WorkFolder.RequireNoOther(folder.File("out"), Tiler.Job), Throws.Nothing);
    }

    /// <summary>The least that a task of one's own says.</summary>
    private static void WriteOwnTask(TemporaryFolder folder, string firstCodes)
    {
        Directory.CreateDirectory(folder.File("task"));
        File.WriteAllText(folder.File("task/task.yaml"), $$"""
            name: own
            description: my fields
            sensor: enmap
            type: segmentation
            image_folder: images
            label_folder: labels
            patch_size: {{Side}}
            classes:
              - { codes: [{{firstCodes}}], name: wheat, color: "#aa8800" }
              - { codes: [200], name: maize, color: "#00aa00" }
            """);
    }
}
