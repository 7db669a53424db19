using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

public sealed class TilerTests : FourScenesFixture
{
    [Test]
    public void Dates_of_one_ground_share_locations_and_lie_side_by_side()
    {
        using var folder = new TemporaryFolder();

        var report = Tiler.Run(Options(folder.Path));
        var catalog = Dataset.Open(folder.Path).Catalog;

        var keys = catalog.Select(patch => (patch.LocationId, patch.Time)).ToArray();
        Assert.That(report.Scenes, Is.EqualTo(4));
        Assert.That(keys, Is.EqualTo(keys.OrderBy(key => key.LocationId, StringComparer.Ordinal).ThenBy(key => key.Time)));
        Assert.That(catalog.GroupBy(patch => patch.LocationId).Count(group => group.Count() == 2), Is.GreaterThan(4));
        foreach (var location in catalog.GroupBy(patch => patch.LocationId))
            Assert.That(location.Select(patch => (patch.Left, patch.Top)).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void Bands_without_data_are_told_also_of_a_finished_data_set()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.Path) with { Bands = [10, 131, 132, 200] };

        var (first, again) = (Tiler.Run(options), Tiler.Run(options));

        Assert.That(first.Warnings, Has.Count.EqualTo(1).And.One.Contains("Bands 131-132 hold no data in 4 of 4 scenes"));
        Assert.That(again.Warnings, Is.EqualTo(first.Warnings));
    }

    [Test]
    public void Bands_without_data_are_told_by_the_scenes_that_lack_the_same_ones()
    {
        using var folder = new TemporaryFolder();

        var report = Tiler.Run(Options(folder.Path) with { Bands = [10, 130, 131, 135, 200] });

        Assert.That(report.Warnings, Has.Count.EqualTo(1).And.One.Matches(@"^Bands 13\d-?[\d, ]* hold no data in 2 of 4 scenes \(ENMAP.*, \.\.\.\), bands 13\d-?[\d, ]* in 2 of 4 scenes \(ENMAP.*, \.\.\.\) and stay out"));
    }

    [Test]
    public void The_result_does_not_depend_on_threads_or_the_order_of_scenes()
    {
        using var folder = new TemporaryFolder();

        Tiler.Run(Options(folder.File("one")) with { Threads = 1 });
        Tiler.Run(Options(folder.File("two")) with { Threads = 5, Scenes = [.. Input.Scenes.SelectMany(scene => scene.Products).Reverse()] });

        Assert.That(FolderContent.Of(folder.File("two")), Is.EqualTo(FolderContent.Of(folder.File("one"))));
        Assert.That(FolderContent.Names(folder.File("one")), Has.Member("tile.yaml").And.Member("scenes.csv").And.Member("rejected.csv").And.None.StartsWith(".work"));
    }

    [Test]
    public void A_run_that_was_interrupted_anywhere_ends_as_if_it_had_not_been()
    {
        using var folder = new TemporaryFolder();
        var all = new List<TileProgress>();
        Tiler.Run(Options(folder.File("whole")), new Told<TileProgress>(all.Add));
        var expected = FolderContent.Of(folder.File("whole"));
        Assert.That(all.Select(one => one.Phase).Distinct().Count(), Is.EqualTo(2));

        // A stride that meets the first, middle and last strips of scenes, and the last moment of all.
        foreach (var moment in Enumerable.Range(0, all.Count).Where(moment => moment % 5 == 0 || moment == all.Count - 1))
        {
            var output = folder.File($"moment-{moment}");
            var told = 0;
            Assert.Throws<TimeoutException>(() => Tiler.Run(Options(output), new Told<TileProgress>(_ =>
            {
                if (told++ == moment)
                    throw new TimeoutException("stop here");
            })));
            Assert.Throws<DatasetException>(() => Dataset.Open(output));

            Tiler.Run(Options(output));

            Assert.That(FolderContent.Of(output), Is.EqualTo(expected), $"moment {moment} of {all.Count}");
        }
    }

    [Test]
    public void Leftovers_of_a_killed_process_do_no_harm()
    {
        using var folder = new TemporaryFolder();
        Tiler.Run(Options(folder.File("whole")));
        var (output, told) = (folder.File("killed"), 0);
        Assert.Throws<TimeoutException>(() => Tiler.Run(Options(output), new Told<TileProgress>(one =>
        {
            if (one.Phase == TilePhase.Assembling && told++ == 0)
                throw new TimeoutException();
        })));
        var units = Directory.GetFiles(Path.Combine(output, ".work"), "unit.yaml", SearchOption.AllDirectories).Select(file => Path.GetDirectoryName(file)!).ToArray();
        Directory.CreateDirectory(units[0] + ".partial");
        File.WriteAllText(Path.Combine(units[0] + ".partial", "part.parquet.partial"), "cut");
        File.WriteAllText(Path.Combine(output, ".work", "next", "shards", "shard-00077.parquet.partial"), "cut");
        File.WriteAllText(Path.Combine(output, ".work", "next", "shards", "shard-00077.parquet"), "of an earlier try");
        File.WriteAllText(Path.Combine(output, ".work", "next", "catalog.parquet.partial"), "cut");
        // A unit whose bytes changed on disk is made again.
        var part = Path.Combine(units[1], "part.parquet");
        File.WriteAllBytes(part, [.. File.ReadAllBytes(part).Reverse()]);

        Tiler.Run(Options(output));

        Assert.That(FolderContent.Of(output), Is.EqualTo(FolderContent.Of(folder.File("whole"))));
    }

    [Test]
    public void Finished_scenes_are_not_tiled_again()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<TimeoutException>(() => Tiler.Run(Options(folder.Path), new Told<TileProgress>(one =>
        {
            if (one.Scene == 3)
                throw new TimeoutException();
        })));
        var reports = new List<TileProgress>();

        Tiler.Run(Options(folder.Path), new Told<TileProgress>(reports.Add));

        Assert.That((reports[0].Phase, reports[0].Scene, reports[0].Scenes, reports[0].Done), Is.EqualTo((TilePhase.Checking, 0, 4, 0.0)));
        Assert.That(reports.Count(one => one.Scene == 1), Is.EqualTo(1));
        Assert.That(reports.Count(one => one.Scene == 4), Is.GreaterThan(1));
    }

    [Test]
    public void An_unfinished_run_is_refused_to_other_options_and_keeps_its_scenes()
    {
        using var folder = new TemporaryFolder();
        StopInScene(3, Options(folder.Path));
        var before = FolderContent.Of(folder.Path);

        var (run, forecast) = (
            Assert.Throws<DatasetException>(() => Tiler.Run(Options(folder.Path) with { Stride = 8 })),
            Assert.Throws<DatasetException>(() => Tiler.Forecast(Options(folder.Path) with { Stride = 8 })));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run!.Message, Is.EqualTo($"{folder.Path}: holds an unfinished run of 'tile' with other options (now stride = 8; then stride = 16) and 2 finished scenes. Finish it with the options of then, choose another folder, or delete {folder.File(".work")} to begin anew."));
            Assert.That(forecast!.Message, Is.EqualTo(run.Message));
            Assert.That(FolderContent.Of(folder.Path), Is.EqualTo(before));
            Assert.That(() => Tiler.Run(Options(folder.Path) with { Threads = 1 }), Throws.Nothing);
            Assert.That(FolderContent.Names(folder.Path), Has.None.StartsWith(".work"));
        }
    }

    [Test]
    public void Other_options_may_follow_a_run_that_finished_no_scene_or_did_not_note_its_options()
    {
        using var folder = new TemporaryFolder();
        StopInScene(1, Options(folder.File("none")));
        StopInScene(3, Options(folder.File("older")));
        File.Delete(folder.File("older/.work/options"));
        Tiler.Run(Options(folder.File("whole")) with { Stride = 8 });

        foreach (var output in new[] { folder.File("none"), folder.File("older") })
        {
            Tiler.Run(Options(output) with { Stride = 8 });
            Assert.That(FolderContent.Of(output), Is.EqualTo(FolderContent.Of(folder.File("whole"))));
        }
    }

    [Test]
    public void A_scene_whose_files_have_changed_since_it_was_tiled_is_tiled_again()
    {
        using var folder = new TemporaryFolder();
        foreach (var (product, name) in Input.Scenes[0].Products.Zip(["first", "second"]))
            FolderContent.Copy(product, folder.File($"in/{name}"));
        var options = Options(folder.File("out")) with { Scenes = [folder.File("in")] };
        Assert.Throws<TimeoutException>(() => Tiler.Run(options, new Told<TileProgress>(one =>
        {
            if (one.Scene == 2)
                throw new TimeoutException();
        })));
        string[] images = [.. new[] { "first", "second" }.Select(name => Directory.GetFiles(folder.File($"in/{name}"), "*SPECTRAL_IMAGE.TIF").Single())];
        File.Copy(images[1], images[0], overwrite: true);

        Tiler.Run(options);

        Tiler.Run(options with { Output = folder.File("fresh") });
        Assert.That(FolderContent.Of(folder.File("out")), Is.EqualTo(FolderContent.Of(folder.File("fresh"))));
    }

    [Test]
    public void The_same_command_on_a_finished_data_set_does_nothing_and_another_one_is_refused()
    {
        using var folder = new TemporaryFolder();
        var first = Tiler.Run(Options(folder.Path));
        var before = FolderContent.Of(folder.Path);
        Directory.CreateDirectory(folder.File(".work"));

        var again = Tiler.Run(Options(folder.Path));
        var other = Assert.Throws<DatasetException>(() => Tiler.Run(Options(folder.Path) with { MaxNoData = 0.25 }));
        var fewer = Tiler.Run(Options(folder.Path) with { Scenes = Input.Scenes[0].Products });

        Assert.That(again with { Seconds = 0 }, Is.EqualTo(first with { Seconds = 0, NewScenes = 0, WasFinished = true, Rejected = again.Rejected, Moved = again.Moved, Warnings = again.Warnings }));
        Assert.That((fewer.WasFinished, fewer.Scenes), Is.EqualTo((true, 4)));
        Assert.That(other!.Message, Does.Contain("now max_nodata = 0.25").And.Contain("then max_nodata = 0.9"));
        Assert.That(FolderContent.Of(folder.Path), Is.EqualTo(before));
    }

    [Test]
    public void A_bad_scene_is_rejected_with_its_reason_and_the_rest_goes_on()
    {
        using var folder = new TemporaryFolder();
        FolderContent.Copy(Input.Scenes[0].Products[0], folder.File("in/good"));
        FolderContent.Copy(Input.Scenes[0].Products[1], folder.File("in/cut"));
        FolderContent.Copy(Input.Scenes[0].Products[0], folder.File("in/twice"));
        var image = Directory.GetFiles(folder.File("in/cut"), "*SPECTRAL_IMAGE.TIF").Single();
        File.WriteAllBytes(image, File.ReadAllBytes(image)[..^100_000]);

        var report = Tiler.Run(Options(folder.File("out")) with { Scenes = [folder.File("in")] });

        Assert.That(report.Scenes, Is.EqualTo(1));
        Assert.That(report.Rejected.Select(scene => Path.GetFileName(scene.Path)), Is.EqualTo(new[] { "cut", "twice" }));
        Assert.That(report.Rejected[1].Reason, Does.Contain("same product"));
        var lines = File.ReadAllLines(folder.File("out/rejected.csv"));
        Assert.That(lines, Has.Length.EqualTo(3));
        Assert.That(lines[1], Does.Contain("cut").And.Contain("SPECTRAL_IMAGE"));
        Assert.That(Tiler.Run(Options(folder.File("out")) with { Scenes = [folder.File("in")] }).Rejected, Has.Count.EqualTo(2));
    }

    [Test]
    public void If_nothing_passes_the_error_counts_what_failed()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<DatasetException>(() => Tiler.Run(Options(folder.Path) with { PatchSize = 128, MaxNoData = 0.1 }));

        Assert.That(error!.Message, Does.Contain("Not one patch passed").And.Contain("no-data").And.Contain("smallest share is"));
        Assert.That(File.Exists(folder.File("dataset.yaml")), Is.False);
        Assert.That(Directory.Exists(folder.File(".work")), Is.False);
    }

    [Test]
    public void Cloudy_patches_are_left_out()
    {
        using var folder = new TemporaryFolder();

        var all = Tiler.Run(Options(folder.File("all")));
        var clear = Tiler.Run(Options(folder.File("clear")) with { MaxShares = new Dictionary<PixelQuality, double> { [PixelQuality.Cloud] = 0.02 } });

        var cloudy = Dataset.Open(folder.File("all")).Catalog.Count(patch => patch.CloudFraction > 0.02);
        Assert.That(cloudy, Is.GreaterThan(0));
        Assert.That(clear.SkippedCloud, Is.EqualTo(cloudy));
        Assert.That(clear.Patches, Is.EqualTo(all.Patches - cloudy));
    }

    [Test]
    public void A_path_that_does_not_exist_and_a_folder_without_products_are_refused()
    {
        using var folder = new TemporaryFolder();
        foreach (var number in Enumerable.Range(1, 8))
            Directory.CreateDirectory(folder.File($"empty/{number}"));

        var absent = Assert.Throws<SceneException>(() => Tiler.Run(Options(folder.File("out")) with { Scenes = [folder.File("absent")] }));
        var empty = Assert.Throws<SceneException>(() => Tiler.Run(Options(folder.File("out")) with { Scenes = [.. Directory.GetDirectories(folder.File("empty"))] }));

        Assert.That(absent!.Message, Does.Contain("absent"));
        Assert.That(empty!.Message, Does.StartWith("No scene could be used:\n").And.Contain("METADATA.XML").And.EndsWith($"\n... and 3 more, in {folder.File("out/rejected.csv")}"));
        Assert.That(empty.Message.Split('\n'), Has.Length.EqualTo(7));
        Assert.That(RejectedScene.ReadTable(folder.File("out")).Select(one => Path.GetFileName(one.Path)), Is.EqualTo(Enumerable.Range(1, 8).Select(number => $"{number}")));
    }

    [Test]
    public void An_output_that_cannot_be_written_is_an_error_of_its_own()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "in the way");

        var error = Assert.Throws<IOException>(() => Tiler.Run(Options(folder.File("file/out"))));

        Assert.That(error!.Message, Does.Contain("cannot be written"));
    }

    [Test]
    public void Two_processes_cannot_tile_into_one_folder()
    {
        using var folder = new TemporaryFolder();
        IOException? second = null;

        Tiler.Run(Options(folder.Path), new Told<TileProgress>(_ => second ??= Assert.Throws<IOException>(() => Tiler.Run(Options(folder.Path)))));

        Assert.That(second!.Message, Does.Contain("another process"));
    }

    [Test]
    public void Contradicting_options_are_refused_all_at_once()
    {
        var error = Assert.Throws<ArgumentException>(() => Tiler.Run(new TileOptions { Scenes = [], Output = "x", MaxNoData = 2, Codec = "gif" }));

        Assert.That(error!.Message, Does.Contain("scene").And.Contain("no-data").And.Contain("gif"));
    }

    [Test]
    public void Bands_that_the_sensor_has_not_are_refused_by_number()
    {
        var error = Assert.Throws<ArgumentException>(() => (Options("x") with { Bands = [1, 224, 225, 226] }).Validated());

        Assert.That(error!.Message, Does.Contain("225-226").And.Contain("enmap"));
    }

    [Test]
    public void A_cancelled_run_stops_and_can_be_continued()
    {
        using var folder = new TemporaryFolder();
        using var cancel = new CancellationTokenSource();

        Assert.Catch<OperationCanceledException>(() => Tiler.Run(Options(folder.Path), new Told<TileProgress>(one =>
        {
            if (one.Scene == 2)
                cancel.Cancel();
        }), cancel: cancel.Token));
        Tiler.Run(Options(folder.Path));

        Assert.That(Dataset.Open(folder.Path).Catalog, Is.Not.Empty);
    }

    private static void StopInScene(int number, TileOptions options) =>
        Assert.Throws<TimeoutException>(() => Tiler.Run(options, new Told<TileProgress>(one =>
        {
            if (one.Phase == TilePhase.Tiling && one.Scene == number)
                throw new TimeoutException();
        })));
}
