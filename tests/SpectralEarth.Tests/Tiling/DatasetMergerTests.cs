using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Verification;
using SpectralEarth.Testing;
using SpectralEarth.Tests.Shards;
using SpectralEarth.Tiling;
using SpectralEarth.Tiling.Merging;

namespace SpectralEarth.Tests.Tiling;

public sealed class DatasetMergerTests
{
    private FourScenes input = null!;

    private string[] All => input.Products;

    [OneTimeSetUp]
    public void TileParts()
    {
        input = new FourScenes();
        Tile("whole", All);
        Tile("a", All[..2]);
        Tile("b", All[2..]);
        Tile("overlap", All[1..3]);
    }

    [OneTimeTearDown]
    public void DeleteParts() => input.Dispose();

    [TestCase("a", "b")]
    [TestCase("b", "a")]
    [TestCase("a", "overlap", "b")]
    [TestCase("whole", "overlap")]
    public void Merged_data_sets_are_the_bytes_of_one_run_with_all_scenes(params string[] parts)
    {
        using var folder = new TemporaryFolder();

        var report = DatasetMerger.Run([.. parts.Select(input.File)], folder.File("out"));

        Assert.That(FolderContent.Of(folder.File("out")), Is.EqualTo(FolderContent.Of(input.File("whole"))));
        Assert.That(report.IsAsTiled, Is.True);
        Assert.That(report.Duplicates, parts.Contains("overlap") ? Is.GreaterThan(10) : Is.Zero);
    }

    [Test]
    public void An_unfinished_tile_run_is_refused_and_left_alone()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("out");
        Assert.Throws<TimeoutException>(() => Tiler.Run(Options(output, All), new StopBeforeShards()));
        var before = FolderContent.Of(output);

        var merge = Assert.Throws<DatasetException>(() => DatasetMerger.Run([input.File("a"), input.File("b")], output));
        Assert.That(merge!.Message, Does.Contain("unfinished run of 'tile'"));
        Assert.That(FolderContent.Of(output), Is.EqualTo(before));
        Tile(output, All);
        Assert.That(FolderContent.Of(output), Is.EqualTo(FolderContent.Of(input.File("whole"))));
    }

    [Test]
    public void A_merge_killed_while_its_result_took_its_place_is_completed_and_not_overwritten()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("out");
        DatasetMerger.Run([input.File("a"), input.File("b")], output);
        using (var work = new WorkFolder(output, "dataset merge"))
            File.Move(folder.File("out/dataset.yaml"), Path.Combine(work.BeginNext(), "dataset.yaml"));

        var error = Assert.Throws<DatasetException>(() => DatasetMerger.Run([input.File("a"), input.File("overlap")], output));

        Assert.That(error!.Message, Does.Contain("holds a finished data set"));
        Assert.That(Dataset.Open(output).Manifest.Fingerprint, Is.EqualTo(Dataset.Open(input.File("whole")).Manifest.Fingerprint));
    }

    [Test]
    public void Scenes_can_be_added_to_a_merged_data_set()
    {
        using var folder = new TemporaryFolder();
        Tile(folder.File("first"), All[..1]);
        DatasetMerger.Run([folder.File("first"), input.File("b")], folder.File("out"));

        Tile(folder.File("out"), All);

        Assert.That(FolderContent.Of(folder.File("out")), Is.EqualTo(FolderContent.Of(input.File("whole"))));
    }

    [Test]
    public void Of_two_processings_of_an_acquisition_the_newer_one_stays_and_the_other_is_named()
    {
        using var folder = new TemporaryFolder();
        ReprocessedProduct.Write(All[0], folder.File("newer"), "V010502_20250101T000000Z");
        Tile(folder.File("new"), [folder.File("newer"), All[1]]);

        var report = DatasetMerger.Run([input.File("a"), folder.File("new")], folder.File("out"));

        var (merged, expected) = (Dataset.Open(folder.File("out")).Manifest, Dataset.Open(folder.File("new")).Manifest);
        Assert.That(merged.Fingerprint, Is.EqualTo(expected.Fingerprint));
        Assert.That(merged.Statistics.Select(one => one.Mean), Is.EqualTo(expected.Statistics.Select(one => one.Mean)));
        Assert.That(report.Superseded.Single().Value, Does.EndWith("_V010502_20250101T000000Z"));
        Assert.That(File.ReadAllLines(folder.File("out/scenes.csv")), Has.Length.EqualTo(3));
        Assert.That(File.ReadAllText(folder.File("out/rejected.csv")), Does.Contain($"{report.Superseded.Single().Key},").And.Contain("Superseded by"));
        Assert.That(DatasetVerifier.Run(folder.File("out")).Problems, Is.Empty);
    }

    [Test]
    public void Labelled_data_sets_with_rasters_of_their_own_are_merged_as_if_tiled_at_once()
    {
        using var folder = new TemporaryFolder();
        var classes = input.File("classes.yaml");
        Tiler.Run(Options(folder.File("a"), All[..2]) with { Labels = [input.Scenes[0].Labels], ClassesFile = classes });
        Tiler.Run(Options(folder.File("b"), All[2..]) with { Labels = [input.Scenes[1].Labels], ClassesFile = classes });
        Tiler.Run(Options(folder.File("whole"), All) with { Labels = [.. input.Scenes.Select(scene => scene.Labels)], ClassesFile = classes });

        DatasetMerger.Run([folder.File("b"), folder.File("a")], folder.File("out"));

        Assert.That(FolderContent.Of(folder.File("out")), Is.EqualTo(FolderContent.Of(folder.File("whole"))));
    }

    [Test]
    public void Labels_that_were_named_for_all_data_sets_count_as_taken_if_one_took_them()
    {
        using var folder = new TemporaryFolder();
        using (var scene = Scene.Open(All[0]))
            GeoTiffWriter.WriteImage<byte>(folder.File("off.tif"), RasterGrid.Of(scene) with { Epsg = 32631 }, 1, new TiffEncoding(), null, (_, _, codes) => codes.Fill(1));
        var options = Options(folder.File("whole"), All) with { Labels = [input.Scenes[0].Labels, input.Scenes[1].Labels, folder.File("off.tif")], ClassesFile = input.File("classes.yaml") };
        Tiler.Run(options);
        Assert.That(Tiler.Run(options with { Scenes = All[..2], Output = folder.File("a") }).Rejected, Has.Count.EqualTo(2));
        Tiler.Run(options with { Scenes = All[2..], Output = folder.File("b") });

        DatasetMerger.Run([folder.File("b"), folder.File("a")], folder.File("out"));

        Assert.That(FolderContent.Of(folder.File("out")), Is.EqualTo(FolderContent.Of(folder.File("whole"))));
    }

    [Test]
    public void Data_sets_of_other_thresholds_and_codecs_are_merged_but_no_longer_grow()
    {
        using var folder = new TemporaryFolder();
        Tiler.Run(Options(folder.File("b"), All[2..]) with { MaxNoData = 0.2, Codec = "raw" });

        var report = DatasetMerger.Run([input.File("a"), folder.File("b")], folder.File("out"));

        var merged = Dataset.Open(folder.File("out"));
        Assert.That(report.IsAsTiled, Is.False);
        Assert.That(merged.Manifest.Codec, Is.EqualTo("spectral-rice"));
        Assert.That(merged.Catalog, Has.Count.EqualTo(Dataset.Open(input.File("a")).Catalog.Count + Dataset.Open(folder.File("b")).Catalog.Count));
        Assert.That(DatasetVerifier.Run(folder.File("out")).Problems, Is.Empty);
        Assert.That(folder.File("out/tile.yaml"), Does.Not.Exist);
        Assert.That(File.ReadAllLines(folder.File("out/scenes.csv")), Has.Length.EqualTo(5));
        var error = Assert.Throws<DatasetException>(() => Tile(folder.File("out"), All));
        Assert.That(error!.Message, Does.Contain("not made by tile"));
    }

    [Test]
    public void Data_sets_that_do_not_fit_are_refused_with_the_differences()
    {
        using var folder = new TemporaryFolder();
        Tiler.Run(Options(folder.File("other"), All[..1]) with { PatchSize = 32, Bands = [10, 30], Labels = [input.Scenes[0].Labels] });

        var error = Assert.Throws<DatasetException>(() => DatasetMerger.Run([input.File("a"), folder.File("other")], folder.File("out")));

        Assert.That(error!.Message, Does.Contain("patch_size is 32, but 16").And.Contain("bands is 10, 30, but 10, 30, 50").And.Contain("stride is 32").And.Contain("but none in"));
        Assert.That(Directory.Exists(folder.File("out")), Is.False);
    }

    [Test]
    public void A_patch_that_differs_between_data_sets_is_refused_and_named()
    {
        using var folder = new TemporaryFolder();
        var patches = SmallDataset.Patches();
        TestDataset.Write(folder.File("a"), SmallDataset.Manifest, patches);
        patches[4].Pixels[7]++;
        TestDataset.Write(folder.File("b"), SmallDataset.Manifest, patches);

        var error = Assert.Throws<DatasetException>(() => DatasetMerger.Run([folder.File("a"), folder.File("b")], folder.File("out")));

        Assert.That(error!.Message, Does.StartWith($"1 patches").And.Contain($"location {patches[4].Info.LocationId} of scene {patches[4].Info.SceneId}"));
    }

    [TestCase("damaged", "whole")]
    [TestCase("whole", "damaged")]
    [TestCase("damaged", "b", "a")]
    public void In_place_of_a_damaged_patch_the_sound_one_of_another_data_set_is_taken(params string[] parts)
    {
        using var folder = new TemporaryFolder();
        FlipPixels("a", folder.File("damaged"));

        var report = DatasetMerger.Run([.. parts.Select(part => part == "damaged" ? folder.File(part) : input.File(part))], folder.File("out"));

        Assert.That(FolderContent.Of(folder.File("out")), Is.EqualTo(FolderContent.Of(input.File("whole"))));
        Assert.That(report.Damaged, parts[0] == "damaged" ? Has.Count.EqualTo(1).And.One.Contains("damaged/shards/shard-00000.parquet: patch") : Is.Empty);
    }

    [Test]
    public void A_damaged_patch_without_a_sound_copy_and_a_damaged_record_are_refused()
    {
        using var folder = new TemporaryFolder();
        FlipPixels("a", folder.File("damaged"));

        var merge = Assert.Throws<DatasetException>(() => DatasetMerger.Run([folder.File("damaged"), input.File("b")], folder.File("out")));
        var tile = Assert.Throws<DatasetException>(() => Tile(folder.File("damaged"), All));
        File.AppendAllText(folder.File("damaged/scenes.csv"), " ");
        var record = Assert.Throws<DatasetException>(() => Tile(folder.File("damaged"), All));

        Assert.That(merge!.Message, Does.Contain("damaged/shards/shard-00000.parquet: patch").And.Contain("is damaged"));
        Assert.That(tile!.Message, Is.EqualTo(merge.Message));
        Assert.That(record!.Message, Does.Contain("scenes.csv: checksum"));
        Assert.That(folder.File("out/dataset.yaml"), Does.Not.Exist);
    }

    [Test]
    public void A_target_that_differs_between_data_sets_is_refused_and_named()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, acidity) in new[] { ("a", 6.5), ("b", 99.5), ("same", 6.5) })
            TestDataset.Write(folder.File(name), SmallDataset.Manifest, SmallDataset.Patches().Select((patch, number) => new Patch
            {
                Info = patch.Info with { Targets = [new PatchTarget("P", 0.5), new PatchTarget("pH", number == 3 ? acidity : 7)] },
                Pixels = patch.Pixels,
                Validity = patch.Validity,
                Labels = null,
            }));

        var error = Assert.Throws<DatasetException>(() => DatasetMerger.Run([folder.File("a"), folder.File("b")], folder.File("out")));
        var merged = DatasetMerger.Run([folder.File("a"), folder.File("same")], folder.File("out"));

        Assert.That(error!.Message, Does.StartWith("1 patches").And.Contain("(target pH: 6.5 and 99.5)"));
        Assert.That(merged.Duplicates, Is.EqualTo(18));
    }

    [Test]
    public void Data_sets_that_tile_did_not_make_are_merged_without_records()
    {
        using var folder = new TemporaryFolder();
        var patches = SmallDataset.Patches(labels: true);
        TestDataset.Write(folder.File("a"), SmallDataset.Labelled, patches[..11], patchesPerShard: 256);
        TestDataset.Write(folder.File("b"), SmallDataset.Labelled, patches[8..], patchesPerShard: 256);
        TestDataset.Write(folder.File("whole"), SmallDataset.Labelled, patches, patchesPerShard: 256);

        var report = DatasetMerger.Run([folder.File("a"), folder.File("b")], folder.File("out"));

        Assert.That(report.Duplicates, Is.EqualTo(3));
        Assert.That(FolderContent.Of(folder.File("out")), Is.EqualTo(FolderContent.Of(folder.File("whole"))));
    }

    [Test]
    public void One_data_set_and_a_folder_that_holds_one_are_refused()
    {
        Assert.Throws<ArgumentException>(() => DatasetMerger.Run([input.File("a")], input.File("no")));
        var error = Assert.Throws<DatasetException>(() => DatasetMerger.Run([input.File("a"), input.File("b")], input.File("a")));

        Assert.That(error!.Message, Does.Contain("holds a finished data set"));
    }

    private sealed class StopBeforeShards : IProgress<TileProgress>
    {
        public void Report(TileProgress value)
        {
            if (value.Phase == TilePhase.Assembling)
                throw new TimeoutException("stop here");
        }
    }

    /// <summary>Copies a data set and flips a byte of its first patch's pixels.</summary>
    private void FlipPixels(string name, string copy)
    {
        foreach (var file in FolderContent.Names(input.File(name)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(copy, file))!);
            File.Copy(Path.Combine(input.File(name), file), Path.Combine(copy, file));
        }

        var info = Dataset.Open(copy).Catalog[0];
        using var shard = File.Open(Path.Combine(copy, Dataset.ShardFolder, info.Shard), FileMode.Open);
        shard.Position = info.Bytes.Pixels + (info.Bytes.PixelsLength / 2);
        var value = shard.ReadByte();
        shard.Position--;
        shard.WriteByte((byte)(value ^ 16));
    }

    private void Tile(string output, IReadOnlyList<string> paths) => Tiler.Run(Options(output, paths));

    private TileOptions Options(string output, IReadOnlyList<string> paths) => input.Options(output, paths);
}
