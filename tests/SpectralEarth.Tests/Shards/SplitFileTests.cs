using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Shards;

public sealed class SplitFileTests
{
    private TemporaryFolder folder = null!;
    private Dataset dataset = null!;

    [OneTimeSetUp]
    public void WriteDataset()
    {
        folder = new TemporaryFolder();
        dataset = TestDataset.Write(folder.Path, SmallDataset.Labelled, SmallDataset.Patches(side: 6, labels: true));
    }

    [OneTimeTearDown]
    public void DeleteDataset() => folder.Dispose();

    [Test]
    public void A_split_is_read_back_as_it_was_drawn_and_depends_on_the_seed_only()
    {
        var (split, report) = SplitReport.Draw(dataset, Options(seed: 3));
        var (again, _) = SplitReport.Draw(dataset, Options(seed: 3));
        var (other, _) = SplitReport.Draw(dataset, Options(seed: 4));

        SplitFile.Write(folder.File("split.csv"), dataset, split);
        var read = SplitFile.Read("split.csv", dataset);

        Assert.That(read.Parts, Is.EqualTo(split.Parts));
        Assert.That(again.Parts, Is.EqualTo(split.Parts));
        Assert.That(other.Parts, Is.Not.EqualTo(split.Parts));
        Assert.That(report.Parts.Sum(part => part.Patches), Is.EqualTo(72));
        Assert.That(report.Parts.Sum(part => part.Locations), Is.EqualTo(36));
        Assert.That((report.Scenes, report.SharedScenes), Is.EqualTo((2, 2)));
        var pixels = Enumerable.Range(0, 72).Select(dataset.Read).SelectMany(patch => patch.Labels!.Zip(patch.Validity)).Count(pixel => pixel is { First: 1, Second: 1 });
        Assert.That(report.Parts.Sum(part => part.ClassPixels[0]), Is.EqualTo(pixels));
    }

    [Test]
    public void Scenes_that_share_ground_stay_together()
    {
        // Scenes 0 and 1 overlap, 2 and 3 overlap, and so on; pairs lie far apart.
        using var other = new TemporaryFolder();
        var patches = Enumerable.Range(0, 20).SelectMany(scene => Enumerable.Range(0, 3).Select(column =>
        {
            var patch = SmallDataset.Patch(0, (100 * (scene / 2)) + column + (scene % 2), 0);
            return new Patch { Info = patch.Info with { SceneId = $"scene-{scene:D2}" }, Pixels = patch.Pixels, Validity = patch.Validity, Labels = null };
        }));
        var data = TestDataset.Write(other.Path, SmallDataset.Manifest, patches);

        var (split, report) = SplitReport.Draw(data, Options(seed: 1) with { Unit = SplitUnit.Scene, TestFraction = 0.3, ValidationFraction = 0.2 });

        var partOf = split.Parts.SelectMany((part, number) => part.Select(patch => (data.Catalog[patch].SceneId, number))).Distinct().ToDictionary(pair => pair.SceneId, pair => pair.number);
        Assert.That(report.SharedScenes, Is.Zero);
        Assert.That(report.Parts.Select(part => part.Scenes), Is.EqualTo(new[] { 10, 4, 6 }));
        for (var pair = 0; pair < 10; pair++)
            Assert.That(partOf[$"scene-{2 * pair:D2}"], Is.EqualTo(partOf[$"scene-{(2 * pair) + 1:D2}"]));
    }

    [Test]
    public void Scenes_whose_edges_meet_in_a_location_go_to_different_parts_and_the_location_is_dropped()
    {
        var catalog = Neighbours();
        var options = Options(seed: 1) with { Unit = SplitUnit.Scene, TestFraction = 0.5, ValidationFraction = 0 };

        var whole = SpatialSplit.Assign(catalog, options);
        var clipped = SpatialSplit.Assign(catalog, options with { SceneSizes = Sizes });

        Assert.That(whole.Parts.Select(part => part.Count), Is.EqualTo(new[] { 8, 0, 0 }), "without the sizes, both show the location between them");
        Assert.That(clipped.Parts.Select(part => part.Count), Is.EqualTo(new[] { 3, 0, 3 }));
        Assert.That(clipped.Train.Select(patch => catalog[patch].SceneId).Distinct().ToArray(), Has.Length.EqualTo(1));
        Assert.That(clipped.DroppedLocations, Is.EqualTo(1));
    }

    [TestCase("scene-we*", 3)]
    [TestCase("scene-east", 3)]
    public void Scenes_of_a_name_are_the_test_and_the_locations_that_others_share_are_dropped(string name, int expected)
    {
        var catalog = Neighbours();
        var options = Options(seed: 1) with { TestScenes = name, ValidationFraction = 0.34, ClassCounts = [.. catalog.Select(_ => new long[] { 1 })] };

        var split = SpatialSplit.Assign(catalog, options with { SceneSizes = Sizes });

        Assert.That(split.Test.Select(patch => catalog[patch].SceneId), Has.All.StartsWith(name.TrimEnd('*')).And.Exactly(expected).Items);
        Assert.That((split.Train.Count, split.Validation.Count, split.DroppedLocations), Is.EqualTo((2, 1, 1)));
    }

    [Test]
    public void Locations_that_overlap_the_scenes_to_test_on_do_not_train()
    {
        // Half a patch apart: the first location of the second scene overlaps the last one of the first.
        PatchInfo[] catalog = [.. Enumerable.Range(0, 6).Select(column => SmallDataset.Info(0, column, column < 2 ? 0 : 1, stride: 8))];

        var split = SpatialSplit.Assign(catalog, Options(seed: 1) with { TestScenes = "scene-0", ValidationFraction = 0 });

        Assert.That(split.Test, Is.EqualTo(new[] { 0, 1 }));
        Assert.That(split.Train, Is.EqualTo(new[] { 3, 4, 5 }));
    }

    [Test]
    public void Names_that_leave_nothing_to_train_or_to_test_on_are_refused()
    {
        SplitOptions Named(string name) => Options(seed: 1) with { TestScenes = name };

        Assert.That(() => SplitReport.Draw(dataset, Named("other*")), Throws.ArgumentException.With.Message.Contains("'other*' fits none of the 2 scenes, scene-0 for example"));
        Assert.That(() => SplitReport.Draw(dataset, Named("scene-*")), Throws.ArgumentException.With.Message.Contains("fits all"));
        Assert.That(() => SplitReport.Draw(dataset, Named("scene-1")), Throws.TypeOf<DatasetException>().With.Message.Contains("nothing is left to test on"));
    }

    /// <summary>Two scenes of four patches in a row, whose edges meet in the middle of a location; the last patch of one is the first of the other.</summary>
    private static List<PatchInfo> Neighbours() =>
    [
        .. Enumerable.Range(0, 4).Select(column => SmallDataset.Info(0, column, 0) with { SceneId = "scene-west", SceneColumn = 16 * column, SceneRow = 0 }),
        .. Enumerable.Range(3, 4).Select(column => SmallDataset.Info(0, column, 0) with { SceneId = "scene-east", SceneColumn = (16 * column) - 56, SceneRow = 0 }),
    ];

    private static Dictionary<string, (int Width, int Height)> Sizes => new() { ["scene-west"] = (56, 16), ["scene-east"] = (56, 16) };

    [Test]
    public void Where_overlapping_patches_lie_across_small_blocks_larger_ones_are_advised()
    {
        var first = SmallDataset.Info(0, 0, 0);
        var across = SmallDataset.Patches(labels: true).Select(patch => new Patch
        {
            Info = patch.Info with { Left = ((patch.Info.Left + first.Left) / 2) + 240, Top = ((patch.Info.Top + first.Top) / 2) - 240 },
            Pixels = patch.Pixels,
            Validity = patch.Validity,
            Labels = patch.Labels,
        });
        var data = TestDataset.Write(folder.File("across"), SmallDataset.Labelled, across);

        var error = Assert.Throws<DatasetException>(() => SplitReport.Draw(data, Options(seed: 1) with { TestFraction = 0.3, ValidationFraction = 0.3 }));

        Assert.That(error!.Message, Does.Contain("overlap blocks of several parts. Set --block-size higher"));
    }

    [Test]
    public void Counting_labels_tells_its_progress_and_the_file_gets_the_folder_it_needs()
    {
        var told = new List<double>();

        var (split, _) = SplitReport.Draw(dataset, Options(seed: 3), new Told<double>(told.Add));
        SplitFile.Write(folder.File("new/split.csv"), dataset, split);

        Assert.That(told, Has.Count.EqualTo(72).And.Ordered);
        Assert.That(told[^1], Is.EqualTo(1));
        Assert.That(folder.File("new/split.csv"), Does.Exist);
    }

    [Test]
    public void A_split_that_is_there_is_kept_unless_it_is_the_same()
    {
        var (first, other) = (SplitReport.Draw(dataset, Options(seed: 3)).Split, SplitReport.Draw(dataset, Options(seed: 4)).Split);
        SplitFile.Keep(folder.File("kept.csv"), dataset, first);
        var text = File.ReadAllText(folder.File("kept.csv"));

        SplitFile.Keep(folder.File("kept.csv"), dataset, first);

        Assert.That(() => SplitFile.Keep(folder.File("kept.csv"), dataset, other), Throws.TypeOf<DatasetException>().With.Message.Contains("there is another split already"));
        Assert.That(File.ReadAllText(folder.File("kept.csv")), Is.EqualTo(text));
    }

    [Test]
    public void Scenes_that_all_share_ground_cannot_be_divided()
    {
        var error = Assert.Throws<DatasetException>(() => SplitReport.Draw(dataset, Options(seed: 1) with { Unit = SplitUnit.Scene }));

        Assert.That(error!.Message, Does.Contain("Split by blocks"));
    }

    [Test]
    public void Files_that_are_no_clean_split_are_refused_with_the_reason()
    {
        var locations = dataset.Catalog.Select(info => info.LocationId).Distinct().ToArray();
        string Refused(string text)
        {
            File.WriteAllText(folder.File("bad.csv"), text);
            return Assert.Throws<DatasetException>(() => SplitFile.Read(folder.File("bad.csv"), dataset))!.Message;
        }

        string lines = string.Concat(locations.Select(location => $"{location},train\n"));
        Assert.That(Refused($"location_id,part\n{lines}{locations[3]},test\n"), Does.Contain($"location {locations[3]} has two parts"));
        Assert.That(Refused($"location_id,part\n{lines}{locations[3]},tset\n"), Does.Contain("line 38 is").And.Contain("train, validation, test or dropped"));
        Assert.That(Refused($"location,part\n{lines}"), Does.Contain("expected 'location_id,part'"));
        Assert.That(Refused($"location_id,part\n{locations[0]},train\n"), Does.Contain("35 locations").And.Contain(locations[1]));
        Assert.That(Assert.Throws<DatasetException>(() => SplitFile.Read("absent.csv", dataset))!.Message, Does.Contain("spectralearth dataset split"));
    }

    [Test]
    public void Parts_that_share_ground_through_overlapping_locations_are_refused()
    {
        using var other = new TemporaryFolder();
        var patches = Enumerable.Range(0, 4).Select(column =>
        {
            var patch = SmallDataset.Patch(0, 0, 0);
            return new Patch { Info = SmallDataset.Info(0, column, 0, stride: 8), Pixels = patch.Pixels, Validity = patch.Validity, Labels = null };
        });
        var data = TestDataset.Write(other.Path, SmallDataset.Manifest with { Stride = 8 }, patches);
        var ids = data.Catalog.Select(info => info.LocationId).ToArray();

        File.WriteAllText(other.File("clean.csv"), $"location_id,part\n{ids[0]},train\n{ids[1]},dropped\n{ids[2]},test\n{ids[3]},test\n");
        File.WriteAllText(other.File("leaky.csv"), $"location_id,part\n{ids[0]},train\n{ids[1]},test\n{ids[2]},test\n{ids[3]},test\n");

        Assert.That(SplitFile.Read("clean.csv", data).DroppedLocations, Is.EqualTo(1));
        var error = Assert.Throws<DatasetException>(() => SplitFile.Read("leaky.csv", data));
        Assert.That(error!.Message, Does.Contain($"locations {ids[0]} and {ids[1]} overlap"));
    }

    [TestCase(13, 4)]
    [TestCase(12, 2)]
    [TestCase(7, 2)]
    [TestCase(6, 1)]
    public void Blocks_are_as_large_as_sixteen_of_them_allow(int side, int expected)
    {
        var catalog = from row in Enumerable.Range(0, side) from column in Enumerable.Range(0, side) select SmallDataset.Info(row, column, date: 0);

        Assert.That(SuitableBlocks.SideFor([.. catalog], SmallDataset.Side), Is.EqualTo(expected));
    }

    [Test]
    public void Of_a_data_set_with_labels_the_labelled_patches_give_the_blocks()
    {
        using var other = new TemporaryFolder();
        List<Patch> Patches(bool labels) => [.. SmallDataset.Patches(side: 7, dates: 1, labels).Select((patch, number) =>
            new Patch { Info = patch.Info with { LabelledFraction = number == 0 ? 0.5 : 0 }, Pixels = patch.Pixels, Validity = patch.Validity, Labels = patch.Labels })];

        var labelled = TestDataset.Write(other.File("labelled"), SmallDataset.Labelled, Patches(labels: true));
        var bare = TestDataset.Write(other.File("bare"), SmallDataset.Manifest, Patches(labels: false));

        Assert.That((SuitableBlocks.SideFor(labelled), SuitableBlocks.SideFor(bare)), Is.EqualTo((1, 2)));
    }

    [Test]
    public void A_part_far_from_its_share_and_classes_that_it_lacks_are_told()
    {
        SplitPart Part(int patches, params long[] pixels) => new() { Patches = patches, Locations = patches, Scenes = 1, ClassPixels = pixels };
        SplitReport Report(params SplitPart[] parts) => new() { Parts = parts, DroppedLocations = 0, SharedScenes = 0, Scenes = 1 };
        var classes = SmallDataset.Labelled.Classes;
        var options = Options(seed: 1) with { BlockSize = 4 };

        var far = SplitWarnings.Of(Report(Part(6, 9, 0), Part(1, 0, 0), Part(5, 3, 0)), options, classes);
        var near = SplitWarnings.Of(Report(Part(9, 9, 1), Part(1, 1, 1), Part(2, 3, 1)), options, classes);
        var withoutTest = SplitWarnings.Of(Report(Part(9, 9, 1), Part(1, 1, 1), Part(0, 0, 0)), options with { TestFraction = 0 }, classes);

        Assert.That(far, Is.EqualTo(new[]
        {
            "No labelled pixel of roof came to validation. Smaller blocks (--block-size) come nearer.",
            "42 % of the patches came to test, where 20 % were asked for. Smaller blocks (--block-size) come nearer.",
        }), "no part has any tree");
        Assert.That(near.Concat(withoutTest), Is.Empty);
        // 14 % of what is not the test, and half of the data set tests.
        Assert.That(SplitWarnings.Of(Report(Part(6, 9, 1), Part(1, 1, 1), Part(7, 3, 1)), options with { TestScenes = "B*" }, classes), Is.Empty);
    }

    [Test]
    public void Shares_alone_are_judged_alike()
    {
        Assert.That(SplitWarnings.OfShares([28, 2, 5], validationFraction: 0.15, testFraction: 0.2), Is.EqualTo(new[] { "6 % of the patches came to validation, where 15 % were asked for." }));
        Assert.That(SplitWarnings.OfShares([28, 0, 5], validationFraction: 0, testFraction: 0.2), Is.Empty);
    }

    private static SplitOptions Options(long seed) => new() { PatchSize = SmallDataset.Side, BlockSize = 1, Seed = seed };
}
