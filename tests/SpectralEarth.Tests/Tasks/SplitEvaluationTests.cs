using SpectralEarth.Models;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Tasks;

public sealed class SplitEvaluationTests : FinetuneFixture
{
    private static readonly FinetuneRecipe OneStep = Tiny with { Steps = 1, EvaluateEvery = 1 };

    [Test]
    public void The_test_of_a_run_is_repeated_by_its_own_split()
    {
        using var run = Open("run", OneStep);
        _ = run.Steps().Count();
        var finished = run.Finish();

        var result = Evaluate(new EvaluationOptions { OutPath = Folder.File("scores") });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Test.Summary, Is.EqualTo(finished.Test!.Summary));
            Assert.That(result.Split, Is.EqualTo(new EvaluatedSplit { File = Folder.File("run/split.csv"), By = "block", Scenes = 1, ScenesSharedWithTraining = 1, PatchesOnTrainingGround = 0 }));
            Assert.That(result.Warnings, Is.Empty);
            Assert.That(File.ReadAllText(Folder.File("scores/report.html")), Does.Contain("run/split.csv (by block)").And.Contain("training ground"));
            Assert.That(File.ReadAllText(Folder.File("scores/metrics.json")), Does.Contain("\"patches_on_training_ground\": 0").And.Contain("\"by\": \"block\""));
        }
    }

    [Test]
    public void Folders_of_runs_and_data_sets_keep_their_own_files()
    {
        using var run = Open("run", OneStep);
        _ = run.Steps().Count();
        _ = run.Finish();
        var scores = File.ReadAllText(Folder.File("run/metrics.json"));

        Assert.That(() => Evaluate(new EvaluationOptions { OutPath = Folder.File("run") }), Throws.TypeOf<IOException>().With.Message.Contains("the folder of a run"));
        Assert.That(() => Evaluate(new EvaluationOptions { OutPath = Data }), Throws.TypeOf<IOException>().With.Message.Contains("the folder of a data set"));
        Assert.That(() => Open("data", OneStep), Throws.TypeOf<IOException>().With.Message.Contains("the folder of a data set"));
        Assert.That(File.ReadAllText(Folder.File("run/metrics.json")), Is.EqualTo(scores));
        Assert.That(Directory.Exists(Path.Combine(Data, "checkpoints")), Is.False);
    }

    [Test]
    public void Training_ground_is_no_test_and_other_parts_of_it_are_scored_with_a_warning()
    {
        using var run = Open("run", OneStep);
        _ = run.Steps().Count();
        _ = run.Finish();
        var trained = run.Split.Train.ToHashSet();
        WriteSplit([.. Enumerable.Range(0, 25).Where(patch => !trained.Contains(patch))], [.. trained]);

        Assert.That(() => Evaluate(new EvaluationOptions { SplitFile = "split.csv" }),
            Throws.TypeOf<LabelException>().With.Message.Contains($"{trained.Count} of {trained.Count} test patches show ground that the network was trained on").And.Message.Contains("run/split.csv"));
        var other = Evaluate(new EvaluationOptions { SplitFile = "split.csv", Part = "train" });
        var all = Evaluate(new EvaluationOptions { Part = EvaluationOptions.AllParts });
        Data = LabelledDataset.Write(Folder.File("overlapping"), stride: 8);
        var overlapping = Evaluate(new EvaluationOptions { Part = EvaluationOptions.AllParts });

        using (Assert.EnterMultipleScope())
        {
            Assert.That((other.Split.By, other.Split.PatchesOnTrainingGround), Is.EqualTo(("file", 0)));
            Assert.That((all.Split.File, all.Split.PatchesOnTrainingGround), Is.EqualTo((default(string), trained.Count)));
            Assert.That(all.Warnings, Has.One.Contains($"{trained.Count} of 25 patches show ground"));
            Assert.That(overlapping.Split.PatchesOnTrainingGround, Is.GreaterThan(trained.Count), "patches of another data set on the same ground");
        }
    }

    [Test]
    public void A_data_set_with_some_of_the_classes_is_scored_as_one_that_names_all_of_them()
    {
        Train("run", OneStep);
        // The last class is left out of the labels, or the one in the middle; then out of the data set's list, too.
        var (meadowAndSand, meadowAndWater) = (LabelledDataset.Classes[..2], new[] { LabelledDataset.Classes[0], LabelledDataset.Classes[2] });
        foreach (var (name, classes, missing) in new[] { ("first", meadowAndSand, 9), ("second", meadowAndWater, 4) })
        {
            Data = LabelledDataset.Write(Folder.File($"all-{name}"), code => code == missing ? 0 : code);
            var all = Evaluate(new EvaluationOptions { Part = EvaluationOptions.AllParts });
            Data = LabelledDataset.Write(Folder.File(name), code => code == missing ? 0 : code, classes: classes);

            var some = Evaluate(new EvaluationOptions { Part = EvaluationOptions.AllParts, OutPath = Folder.File($"scores-{name}") });

            Assert.That(some.Test.Summary, Is.EqualTo(all.Test.Summary));
            Assert.That(some.TestIntervals, Is.EqualTo(all.TestIntervals));
            Assert.That(some.Warnings.Any(warning => warning.Contains("labelled nowhere here: ", StringComparison.Ordinal)),
                Is.EqualTo(((ConfusionScores)some.Test).PerClass.Any(score => score is { ReferencePixels: 0, PredictedPixels: > 0 })));
            Assert.That(File.ReadAllLines(Folder.File($"scores-{name}/confusion.csv"))[0], Does.EndWith(",meadow,sand,water"));
        }
    }

    [Test]
    public void A_data_set_with_a_class_that_the_network_lacks_is_refused_with_the_way_out()
    {
        Train("run", OneStep);
        Data = LabelledDataset.Write(Folder.File("renamed"), classes: [LabelledDataset.Classes[0], LabelledDataset.Classes[1] with { Name = "beach" }, LabelledDataset.Classes[2]]);

        Assert.That(() => Evaluate(new EvaluationOptions()), Throws.TypeOf<LabelException>()
            .With.Message.Contains("has 1 meadow, 4 beach, 9 water").And.Message.Contains("predicts 1 meadow, 4 sand, 9 water. Tile the scenes again with --labels and the --classes"));
    }

    [Test]
    public void A_network_that_knows_wavelengths_passes_over_further_bands_and_refuses_others_with_both_lists()
    {
        Encoder = TinyEncoder.WriteMae(Folder.File("full.safetensors"), TinyEncoder.Config with { Adapter = AdapterForm.Full, WavelengthsNm = Dataset.Open(Data).Manifest.WavelengthsNm });
        Train("run", OneStep);
        var own = Evaluate(new EvaluationOptions { Part = EvaluationOptions.AllParts });
        Data = LabelledDataset.Write(Folder.File("more"), bands: LabelledDataset.Bands + 1);

        var more = Evaluate(new EvaluationOptions { Part = EvaluationOptions.AllParts });

        Assert.That((more.Test.Summary, more.Warnings), Is.EqualTo((own.Test.Summary, own.Warnings)));
        Data = LabelledDataset.Write(Folder.File("fewer"), bands: LabelledDataset.Bands - 1);
        Assert.That(() => Evaluate(new EvaluationOptions()), Throws.TypeOf<BandMismatchException>().With.Message.Contains("lacks band 76"));
        Data = LabelledDataset.Write(Folder.File("other"), shiftNm: 5);
        Assert.That(() => Evaluate(new EvaluationOptions()), Throws.TypeOf<BandMismatchException>()
            .With.Message.Contains("band 1 lies at 425.0 nm there and at 420.0 nm in the checkpoint").And.Message.Contains("data set: 76 bands").And.Message.Contains("checkpoint: 76 bands"));
    }

    [TestCase(SegmentationDecoder.Fusion, 1)]
    [TestCase(SegmentationDecoder.Linear, 0)]
    public void A_network_that_knows_wavelengths_is_scored_on_the_other_swir_arrangement_with_a_warning_if_its_decoder_goes_by_channel(SegmentationDecoder decoder, int warnings)
    {
        // The 28 bands from 136 on are those that moved.
        Data = LabelledDataset.Write(Folder.File("arrangement-a"), bands: 28, firstBand: 136);
        Encoder = TinyEncoder.WriteMae(Folder.File("full.safetensors"), (TinyEncoder.Config with { Adapter = AdapterForm.Full }).ForBands(Dataset.Open(Data).Manifest.WavelengthsNm));
        Train("run", OneStep with { Decoder = decoder });
        Data = LabelledDataset.Write(Folder.File("arrangement-b"), bands: 28, firstBand: 136, shiftNm: 11.5);

        var result = Evaluate(new EvaluationOptions { Part = EvaluationOptions.AllParts });

        Assert.That(result.Warnings, Has.Exactly(warnings).Contains("Bands 136 to 163 of the data set lie +11.5 nm"));
    }

    [Test]
    public void What_patches_overhang_their_scene_is_no_training_ground()
    {
        // Columns 48 to 63 of the scene, which ends at column 56; three patches of the other data set begin 40, 48 and 56 columns from its edge, in two rows.
        var other = Dataset.Open(LabelledDataset.Write(Folder.File("overlapping"), stride: 8));
        var all = Enumerable.Range(0, other.Catalog.Count).ToArray();

        var whole = Ground().PatchesOn(other, all);
        SceneTable.Write(Data, [LabelledDataset.Scene(width: 56)]);
        var clipped = Ground().PatchesOn(other, all);
        SceneTable.Write(other.Path, [LabelledDataset.Scene(width: 64)]);
        SceneTable.Write(Data, [LabelledDataset.Scene(width: 80)]);

        Assert.That((whole, clipped, Ground().PatchesOn(other, all)), Is.EqualTo((6, 4, 6)));

        TrainingGround Ground() => new(Dataset.Open(Data), [3]);
    }

    [Test]
    public void Predictions_are_averaged_over_flips_and_turns_as_the_runs_recipe_says()
    {
        Train("run", OneStep with { TestTimeAugmentation = true });
        var told = new List<double>();

        var byRecipe = SplitEvaluation.Run(Folder.File("run"), Data, new EvaluationOptions(), new Told<double>(told.Add));
        var off = Evaluate(new EvaluationOptions());

        Assert.That((byRecipe.TestTimeAugmentation, off.TestTimeAugmentation), Is.EqualTo((true, false)));
        Assert.That(told, Is.Ordered.Ascending.And.Not.Empty);
        Assert.That(told[^1], Is.EqualTo(1));
    }

    [Test]
    public void A_data_set_without_a_split_that_the_run_is_not_of_is_scored_whole_or_divided_first()
    {
        Train("run", OneStep);
        Data = LabelledDataset.Write(Folder.File("other"), code => code == 9 ? 0 : code);

        Assert.That(() => Evaluate(new EvaluationOptions()), Throws.TypeOf<DatasetException>()
            .With.Message.Contains("other: has no split.csv").And.Message.Contains("--part all").And.Message.Contains("spectralearth dataset split"));
    }

    [Test]
    public void Labelled_pixels_of_a_map_on_training_ground_are_counted()
    {
        // Rows of 16: the first patch trains, whose first 16 columns and rows the map shows from column 8 and row 4 on; the labels begin in row 6.
        SceneTable.Write(Data, [LabelledDataset.Scene(width: 80)]);
        WriteSplit([0], []);
        TrainAndTest("run", OneStep with { Split = new SplitRecipe { File = "split.csv" } });
        var corner = new GeoTransform(Dataset.Open(Data).Catalog[0].Left, Dataset.Open(Data).Catalog[0].Top, 30);
        var map = Write("map.tif", corner.Shifted(8, 4), (_, _) => 4);
        var labels = Write("labels.tif", corner.Shifted(7, 6), (_, column) => column < 3 ? 0 : 4);
        var network = Folder.File("run/checkpoints/best.safetensors");

        var comparison = MapComparison.Of(map, labels, new ClassTable(LabelledDataset.Classes), network);
        var elsewhere = MapComparison.Of(Write("far.tif", corner.Shifted(16, 4), (_, _) => 4), Write("far-labels.tif", corner.Shifted(16, 4), (_, _) => 4), new ClassTable(LabelledDataset.Classes), network);
        File.Delete(Folder.File("run/split.csv"));
        var unknown = MapComparison.Of(map, labels, new ClassTable(LabelledDataset.Classes), network);
        comparison.Write(Folder.File("scores"));

        Assert.That(comparison.PixelsOnTrainingGround, Is.EqualTo(6 * 10), "columns 10 to 15 and rows 6 to 15");
        Assert.That(comparison.Warnings, Is.EqualTo(new[] { $"60 of {17 * 18} labelled pixels show ground that the network was trained on: these scores are no test." }));
        Assert.That((elsewhere.PixelsOnTrainingGround, elsewhere.Warnings.Count), Is.EqualTo((0, 0)));
        Assert.That((unknown.PixelsOnTrainingGround, unknown.Warnings.Single()), Is.EqualTo((default(long?), EvaluatedPart.UnknownGround)));
        Assert.That(File.ReadAllText(Folder.File("scores/metrics.json")), Does.Contain("\"pixels_on_training_ground\": 60").And.Contain("these scores are no test"));

        string Write(string name, GeoTransform place, Func<int, int, int> code)
        {
            GeoTiffWriter.WriteClasses(Folder.File(name), new RasterGrid(20, 20, place, 32633), [], noData: 0, (first, rows, codes) =>
            {
                for (var pixel = 0; pixel < rows * 20; pixel++)
                    codes[pixel] = (byte)code(first + (pixel / 20), pixel % 20);
            });
            return Folder.File(name);
        }
    }

    [Test]
    public void A_file_outside_a_run_is_scored_with_the_warning_that_its_ground_is_not_known()
    {
        Train("run", OneStep);
        File.Copy(Folder.File("run/checkpoints/best.safetensors"), Folder.File("alone.safetensors"));

        var result = SplitEvaluation.Run(Folder.File("alone.safetensors"), Data, new EvaluationOptions { Part = EvaluationOptions.AllParts, TestTimeAugmentation = false });

        Assert.That(result.Split.PatchesOnTrainingGround, Is.Null);
        Assert.That(result.Warnings, Has.One.Contains("not known"));
    }

    [Test]
    public void Bands_without_data_in_scored_scenes_are_told()
    {
        Train("run", OneStep);
        SceneTable.Write(Data, [LabelledDataset.Scene(width: 80) with { EmptyBands = [5, 6, 7, 40] }, LabelledDataset.Scene(width: 80) with { SceneId = "ZZZ", EmptyBands = [70] }]);

        Assert.That(Evaluate(new EvaluationOptions()).Warnings, Has.One.StartsWith("Bands 5-7, 40 hold no data in 1 of 1 scenes (SYNTHETIC)."));
    }

    [Test]
    public void Sections_are_named_after_the_part_that_is_scored()
    {
        Train("run", OneStep);

        Evaluate(new EvaluationOptions { Part = "validation", OutPath = Folder.File("scores") });

        Assert.That(File.ReadAllText(Folder.File("scores/report.html")), Does.Contain("Classes in the validation").And.Not.Contain("Classes in the test"));
    }

    [Test]
    public void A_split_file_is_looked_for_in_the_working_folder_too()
    {
        Train("run", OneStep);
        var typed = Path.GetRandomFileName();
        File.Copy(Folder.File("run/split.csv"), typed);
        try
        {
            Assert.That(Evaluate(new EvaluationOptions { SplitFile = typed }).Split.File, Is.EqualTo(Path.GetFullPath(typed)));
        }
        finally
        {
            File.Delete(typed);
        }

        Assert.That(() => Evaluate(new EvaluationOptions { SplitFile = "absent.csv" }), Throws.TypeOf<DatasetException>()
            .With.Message.StartsWith($"absent.csv: there is no such file, neither in the data set's folder {Data} nor in the working folder."));
    }

    [Test]
    public void A_split_beside_all_parts_is_refused()
    {
        Train("run", OneStep);

        Assert.That(() => Evaluate(new EvaluationOptions { Part = EvaluationOptions.AllParts, SplitFile = "split.csv" }), Throws.ArgumentException.With.Message.Contains("Leave --split out"));
    }

    /// <summary>Patches of the data set to train on and to test; the others are dropped.</summary>
    private void WriteSplit(int[] train, int[] test) => SplitFile.Write(
        Path.Combine(Data, SplitFile.FileName), Dataset.Open(Data), new DatasetSplit { Train = train, Validation = [], Test = test, DroppedLocations = 25 - train.Length - test.Length });

    private EvaluationResult Evaluate(EvaluationOptions options) =>
        SplitEvaluation.Run(Folder.File("run"), Data, options with { TestTimeAugmentation = false });
}
