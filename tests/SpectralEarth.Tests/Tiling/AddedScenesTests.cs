using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Verification;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

/// <summary>Scenes added to a finished data set: the result is that of tiling all at once.</summary>
public sealed class AddedScenesTests
{
    private FourScenes input = null!;

    private string[] All => input.Products;

    [OneTimeSetUp]
    public void WriteScenes()
    {
        input = new FourScenes();
        Tiler.Run(Options("whole", All));
        Tiler.Run(Options("labelled", All) with { Labels = [input.Scenes[1].Labels, input.Scenes[0].Labels], ClassesFile = input.File("classes.yaml") });
    }

    [OneTimeTearDown]
    public void DeleteScenes() => input.Dispose();

    [TestCase(new[] { 0, 1, 2 }, new[] { 0, 1, 2, 3 }, TestName = "Named with the old ones")]
    [TestCase(new[] { 3 }, new[] { 2, 0, 1 }, TestName = "Named alone")]
    [TestCase(new[] { 1, 2 }, new[] { 3, 0, 1 }, TestName = "Named with some of the old ones")]
    public void Added_scenes_give_the_bytes_of_one_run_with_all(int[] first, int[] second)
    {
        using var folder = new TemporaryFolder();
        Tiler.Run(Options(folder.Path, [.. first.Select(index => All[index])]));

        var report = Tiler.Run(Options(folder.Path, [.. second.Select(index => All[index])]));

        Assert.That((report.Scenes, report.NewScenes, report.WasFinished), Is.EqualTo((4, 4 - first.Length, false)));
        Assert.That(FolderContent.Of(folder.Path), Is.EqualTo(FolderContent.Of(input.File("whole"))));
    }

    [Test]
    public void A_split_that_added_scenes_leave_behind_is_told()
    {
        using var folder = new TemporaryFolder();
        Tiler.Run(Options(folder.Path, All[..1]));
        File.WriteAllText(folder.File("split.csv"), "location_id,part\n");

        var (same, more) = (Tiler.Run(Options(folder.Path, All[..1])), Tiler.Run(Options(folder.Path, All[..2])));

        Assert.That((same.Warnings.Count, more.Warnings.Count), Is.EqualTo((0, 1)));
        Assert.That(more.Warnings[0], Does.Contain("split.csv was made before these scenes were added"));
    }

    [Test]
    public void Records_that_a_killed_run_left_off_the_list_are_told_and_written_again()
    {
        using var folder = new TemporaryFolder();
        Tiler.Run(Options(folder.Path, All[..1]));
        var expected = FolderContent.Of(folder.Path);
        string[] records = ["tile.yaml", "scenes.csv", "rejected.csv"];
        var list = folder.File("checksums.txt");
        File.WriteAllLines(list, File.ReadAllLines(list).Where(line => !records.Any(line.Contains)));

        var problems = DatasetVerifier.Run(folder.Path).Problems;
        Tiler.Run(Options(folder.Path, All[..1]));

        Assert.That(problems.Select(problem => problem.What), Has.Some.Contains("Run the same tile command again"));
        Assert.That(FolderContent.Of(folder.Path), Is.EqualTo(expected));
    }

    [TestCase("tile.yaml")]
    [TestCase("scenes.csv")]
    [TestCase("rejected.csv")]
    public void A_flipped_byte_in_a_record_is_found_also_after_a_run_that_only_rejected(string record)
    {
        using var folder = new TemporaryFolder();
        Tiler.Run(Options(folder.File("out"), All[..1]));
        FolderContent.Copy(All[1], folder.File("broken"));
        File.Delete(Directory.GetFiles(folder.File("broken"), "*SPECTRAL_IMAGE.TIF").Single());
        Assert.That(Tiler.Run(Options(folder.File("out"), [All[0], folder.File("broken")])).Rejected, Has.Count.EqualTo(1));
        Assert.That(DatasetVerifier.Run(folder.File("out")).Problems, Is.Empty);
        var path = folder.File($"out/{record}");
        var bytes = File.ReadAllBytes(path);
        bytes[^3] ^= 1;
        File.WriteAllBytes(path, bytes);

        var problems = DatasetVerifier.Run(folder.File("out")).Problems;

        Assert.That(problems.Select(problem => problem.File), Is.EqualTo(new[] { record }));
    }

    [Test]
    public void Scenes_that_the_data_set_holds_are_not_read_again()
    {
        using var folder = new TemporaryFolder();
        FolderContent.Copy(All[0], folder.File("in/old"));
        Tiler.Run(Options(folder.File("out"), [folder.File("in/old")]));
        var image = Directory.GetFiles(folder.File("in/old"), "*SPECTRAL_IMAGE.TIF").Single();
        // The pixels are gone, but the file can still be opened.
        using (var stream = File.OpenWrite(image))
        {
            stream.Seek(4096, SeekOrigin.Begin);
            stream.Write(new byte[stream.Length - 100_000]);
        }

        Tiler.Run(Options(folder.File("out"), [folder.File("in"), .. All.Skip(1)]));

        Assert.That(FolderContent.Of(folder.File("out")), Is.EqualTo(FolderContent.Of(input.File("whole"))));
    }

    [Test]
    public void A_run_that_adds_and_is_interrupted_anywhere_ends_as_if_it_had_not_been()
    {
        using var folder = new TemporaryFolder();
        var expected = FolderContent.Of(input.File("whole"));
        var all = new List<TileProgress>();
        Tiler.Run(Options(folder.File("first"), All[..2]));
        var before = Dataset.Open(folder.File("first")).Catalog.Count;
        FolderContent.Copy(folder.File("first"), folder.File("once"));
        Tiler.Run(Options(folder.File("once"), All), new Told<TileProgress>(all.Add));
        foreach (var moment in Enumerable.Range(0, all.Count).Where(moment => moment % 3 == 0 || moment == all.Count - 1))
        {
            var output = folder.File($"moment-{moment}");
            FolderContent.Copy(folder.File("first"), output);
            var told = 0;
            Assert.Throws<TimeoutException>(() => Tiler.Run(Options(output, All), new Told<TileProgress>(_ =>
            {
                if (told++ == moment)
                    throw new TimeoutException("stop here");
            })));

            Assert.That(Dataset.Open(output).Catalog, Has.Count.EqualTo(before), "the present data set stays readable");
            Tiler.Run(Options(output, All));
            Assert.That(FolderContent.Of(output), Is.EqualTo(expected), $"moment {moment} of {all.Count}");
        }
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void A_process_killed_while_the_new_state_takes_its_place_is_completed(int moved)
    {
        using var folder = new TemporaryFolder();
        Tiler.Run(Options(folder.Path, All[..2]));
        // What publishing does, up to some step: manifest gone, shards moved, some files moved.
        var next = folder.File(".work/next");
        Directory.CreateDirectory(folder.File(".work"));
        FolderContent.Copy(input.File("whole"), next);
        if (moved > 0)
            File.Delete(folder.File("dataset.yaml"));
        if (moved > 1)
        {
            Directory.Delete(folder.File("shards"), recursive: true);
            Directory.Move(Path.Combine(next, "shards"), folder.File("shards"));
        }

        foreach (var file in Directory.GetFiles(next).Where(file => !file.EndsWith("dataset.yaml", StringComparison.Ordinal)).Take(Math.Max(0, moved - 2)))
            File.Move(file, folder.File(Path.GetFileName(file)), overwrite: true);

        var report = Tiler.Run(Options(folder.Path, All));

        Assert.That(report.WasFinished, Is.True);
        Assert.That(FolderContent.Of(folder.Path), Is.EqualTo(FolderContent.Of(input.File("whole"))));
    }

    [Test]
    public void Other_options_are_refused_with_the_difference_and_nothing_changes()
    {
        using var folder = new TemporaryFolder();
        Tiler.Run(Options(folder.Path, All[..2]));
        var before = FolderContent.Of(folder.Path);

        var error = Assert.Throws<DatasetException>(() => Tiler.Run(Options(folder.Path, All) with { PatchSize = 32, Bands = [10, 30] }));

        Assert.That(error!.Message, Does.Contain("now patch_size = 32; now stride = 32").And.Contain("now bands = 10, 30").And.Contain("then patch_size = 16"));
        Assert.That(FolderContent.Of(folder.Path), Is.EqualTo(before));
    }

    [Test]
    public void Labelled_scenes_bring_their_own_rasters_and_those_of_scenes_that_are_not_read_are_not_asked_for()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.Path, []) with { ClassesFile = input.File("classes.yaml") };
        Tiler.Run(options with { Scenes = input.Scenes[0].Products, Labels = [input.Scenes[0].Labels] });

        var useless = Assert.Throws<DatasetException>(() => Tiler.Run(options with { Scenes = input.Scenes[0].Products, Labels = [input.Scenes[1].Labels] }));
        var report = Tiler.Run(options with { Scenes = All, Labels = [input.Scenes[1].Labels] });

        Assert.That(useless!.Message, Does.Contain("labels that it was not made with now, but no new scene"));
        Assert.That((report.Scenes, report.NewScenes), Is.EqualTo((4, 2)));
        Assert.That(FolderContent.Of(folder.Path), Is.EqualTo(FolderContent.Of(input.File("labelled"))));
    }

    [Test]
    public void Labels_of_the_data_set_or_of_the_command_alone_are_told_as_such()
    {
        using var folder = new TemporaryFolder();
        var (labelled, bare) = (Options(folder.File("labelled"), input.Scenes[0].Products), Options(folder.File("bare"), input.Scenes[0].Products));
        Tiler.Run(labelled with { Labels = [input.Scenes[0].Labels], ClassesFile = input.File("classes.yaml") });
        Tiler.Run(bare);

        var lacking = Assert.Throws<DatasetException>(() => Tiler.Run(labelled with { Scenes = input.Scenes[1].Products }));
        var tooMany = Assert.Throws<DatasetException>(() => Tiler.Run(bare with { Scenes = input.Scenes[1].Products, Labels = [input.Scenes[1].Labels], ClassesFile = input.File("classes.yaml") }));

        Assert.That(lacking!.Message, Does.Contain("a finished data set that has labels, but none are named now. Name those of the new scenes with --labels, and the classes of then with --classes"));
        Assert.That(tooMany!.Message, Does.Contain("made without labels, but labels are named now. Leave out --labels and --classes"));
    }

    [Test]
    public void Labels_on_no_scene_are_rejected_until_one_takes_them()
    {
        using var folder = new TemporaryFolder();
        using (var scene = Scene.Open(All[0]))
            GeoTiffWriter.WriteImage<byte>(folder.File("off.tif"), RasterGrid.Of(scene) with { GeoTransform = scene.GeoTransform with { Left = scene.GeoTransform.Left + 15 } }, 1, new TiffEncoding(), null, (_, _, codes) => codes.Fill(1));
        var options = Options(folder.File("out"), []) with { ClassesFile = input.File("classes.yaml"), Labels = [input.Scenes[0].Labels, input.Scenes[1].Labels, folder.File("off.tif")] };
        Tiler.Run(options with { Scenes = All, Output = folder.File("whole") });

        // The scenes added later come first by name, or last.
        foreach (var (first, second) in new[] { (0, 1), (1, 0) })
        {
            var output = folder.File($"out-{first}");
            var before = Tiler.Run(options with { Scenes = input.Scenes[first].Products, Output = output });
            var after = Tiler.Run(options with { Scenes = input.Scenes[second].Products, Output = output });

            Assert.That(before.Rejected.Select(file => file.Path), Is.EquivalentTo(new[] { input.Scenes[second].Labels, folder.File("off.tif") }));
            Assert.That(after.Rejected.Single().Path, Is.EqualTo(folder.File("off.tif")));
            Assert.That(FolderContent.Of(output), Is.EqualTo(FolderContent.Of(folder.File("whole"))));
        }
    }

    [Test]
    public void A_product_without_metadata_in_a_tree_is_rejected()
    {
        using var folder = new TemporaryFolder();
        FolderContent.Copy(All[0], folder.File("in/whole"));
        FolderContent.Copy(All[1], folder.File("in/half"));
        File.Delete(Directory.GetFiles(folder.File("in/half"), "*METADATA.XML").Single());
        var options = Options(folder.File("out"), [folder.File("in")]);

        var forecast = Tiler.Forecast(options);
        var report = Tiler.Run(options);

        Assert.That((report.Scenes, report.Rejected.Single().Path), Is.EqualTo((1, folder.File("in/half"))));
        Assert.That(report.Rejected[0].Reason, Does.Contain("has no METADATA.XML"));
        Assert.That(forecast.Rejected, Is.EqualTo(report.Rejected));
    }

    [Test]
    public void A_rejected_scene_is_tried_again_and_found_whole()
    {
        using var folder = new TemporaryFolder();
        FolderContent.Copy(All[3], folder.File("in"));
        var image = Directory.GetFiles(folder.File("in"), "*SPECTRAL_IMAGE.TIF").Single();
        var bytes = File.ReadAllBytes(image);
        File.WriteAllBytes(image, bytes[..^100_000]);
        var first = Tiler.Run(Options(folder.File("out"), [.. All[..3], folder.File("in")]));
        var kept = Tiler.Run(Options(folder.File("out"), All[..1]));
        File.WriteAllBytes(image, bytes);

        var second = Tiler.Run(Options(folder.File("out"), [folder.File("in")]));

        Assert.That((first.Rejected.Count, kept.Rejected.Count, second.Rejected.Count), Is.EqualTo((1, 1, 0)));
        Assert.That(FolderContent.Of(folder.File("out")), Is.EqualTo(FolderContent.Of(input.File("whole"))));
    }

    [Test]
    public void Of_several_processings_of_an_acquisition_the_newest_is_tiled_and_the_others_are_listed()
    {
        using var folder = new TemporaryFolder();
        ReprocessedProduct.Write(All[0], folder.File("newer"), "V010502_20250101T000000Z");
        ReprocessedProduct.Write(All[0], folder.File("newest"), "V010502_20250301T000000Z");
        var options = Options(folder.File("out"), [folder.File("newest"), All[0], folder.File("newer"), All[1]]);

        var forecast = Tiler.Forecast(options);
        var report = Tiler.Run(options);

        Assert.That((report.Scenes, report.Rejected.Count), Is.EqualTo((2, 2)));
        Assert.That(report.Rejected.Select(scene => (scene.Path, scene.IsSuperseded)), Is.EquivalentTo(new[] { (All[0], true), (folder.File("newer"), true) }));
        Assert.That(report.Rejected.Select(scene => scene.Reason), Is.All.Match("^Superseded by ENMAP01.*_V010502_20250301T000000Z, a newer processing"));
        Assert.That(forecast.Rejected, Is.EqualTo(report.Rejected));
        Assert.That(report.Patches, Is.EqualTo(Dataset.Open(input.File("whole")).Catalog.Count(info => All[..2].Any(path => path.Contains(info.SceneId, StringComparison.Ordinal)))));
        Assert.That(File.ReadAllText(folder.File("out/rejected.csv")), Does.Contain("Superseded by"));
        Assert.That(Tiler.Run(options).WasFinished, Is.True);
    }

    [Test]
    public void An_older_processing_added_later_gives_the_bytes_of_one_run_and_a_newer_one_is_rejected()
    {
        using var folder = new TemporaryFolder();
        ReprocessedProduct.Write(All[0], folder.File("newer"), "V010502_20250101T000000Z");
        Tiler.Run(Options(folder.File("once"), [All[0], folder.File("newer")]));
        Tiler.Run(Options(folder.File("out"), [folder.File("newer")]));
        Tiler.Run(Options(folder.File("old"), [All[0]]));

        Tiler.Run(Options(folder.File("out"), [All[0]]));
        var kept = Tiler.Run(Options(folder.File("old"), [All[0], folder.File("newer")]));

        Assert.That(FolderContent.Of(folder.File("out")), Is.EqualTo(FolderContent.Of(folder.File("once"))));
        Assert.That((kept.Scenes, kept.NewScenes), Is.EqualTo((1, 0)));
        Assert.That((kept.Rejected.Single().Path, kept.Rejected.Single().IsSuperseded), Is.EqualTo((folder.File("newer"), false)));
        Assert.That(kept.Rejected.Single().Reason, Does.Contain("an older processing of the same acquisition").And.Contain("another folder"));
    }

    [Test]
    public void A_forecast_says_what_a_run_then_does_and_writes_nothing()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("out"), [.. All, folder.File("bad")]) with { MaxShares = new Dictionary<PixelQuality, double> { [PixelQuality.Cloud] = 0.05 }, MaxNoData = 0.3 };
        Directory.CreateDirectory(folder.File("bad"));

        var fresh = Tiler.Forecast(options);
        Assert.That(Directory.Exists(folder.File("out")), Is.False);
        Tiler.Run(options with { Scenes = All[..2] });
        var before = FolderContent.Of(folder.Path);
        var grown = Tiler.Forecast(options);
        Assert.That(FolderContent.Of(folder.Path), Is.EqualTo(before));
        var report = Tiler.Run(options);

        Assert.That(fresh.NewPatches, Is.EqualTo((double)report.Patches).Within(0.02 * report.Patches));
        Assert.That(fresh.StoredBytes, Is.EqualTo((double)report.Bytes).Within(0.4 * report.Bytes));
        Assert.That(grown.New.Select(scene => scene.Path), Is.EquivalentTo(All[2..]));
        Assert.That(grown.PresentPatches + grown.NewPatches, Is.EqualTo((double)report.Patches).Within(0.02 * report.Patches));
        Assert.That(grown.Rejected.Single().Path, Is.EqualTo(folder.File("bad")));
        Assert.That(grown.Rejected, Is.EqualTo(report.Rejected));
        Assert.That(Tiler.Forecast(options).NewPatches, Is.Zero);
    }

    private TileOptions Options(string output, IReadOnlyList<string> paths) => input.Options(output, paths);
}
