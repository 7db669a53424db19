using Serilog.Core;
using SpectralEarth.Checkpoints;
using SpectralEarth.Randomness;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Baselines;
using SpectralEarth.Tasks.Features;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Testing;
using SpectralEarth.Tests.Training;
using SpectralEarth.Training;
using SpectralEarth.Training.Runs;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Tasks;

public sealed class BaselineTests
{
    private static readonly FinetuneRecipe Recipe = new() { Threads = 1, LoaderThreads = 1, Device = ComputeDevice.Cpu };

    private static readonly RunOrigin Origin = new("0.1.0-test", "spectralearth baseline", "tiny.yaml");

    private TemporaryFolder folder = null!;
    private string data = null!;

    [OneTimeSetUp]
    public void Prepare()
    {
        folder = new TemporaryFolder();
        data = LabelledDataset.Write(folder.File("data"));
    }

    [OneTimeTearDown]
    public void Clean() => folder.Dispose();

    [TestCase("random_forest", BaselineMethod.RandomForest)]
    [TestCase("random-forest", BaselineMethod.RandomForest)]
    [TestCase("majority", BaselineMethod.Majority)]
    [TestCase("RandomForest", null)]
    [TestCase("3", null)]
    public void Methods_have_the_names_that_plans_give_them(string name, BaselineMethod? method) => Assert.That(BaselineMethods.Named(name), Is.EqualTo(method));

    [TestCase(BaselineMethod.LogisticRegression, false)]
    [TestCase(BaselineMethod.RandomForest, false)]
    [TestCase(BaselineMethod.NearestNeighbours, true)]
    [TestCase(BaselineMethod.LinearProbe, true)]
    public void Baselines_beat_the_majority_and_leave_the_files_of_a_run(BaselineMethod method, bool needsCheckpoint)
    {
        var run = folder.File(method.ToString());

        var result = BaselineRun.Run(run, data, method, needsCheckpoint ? TinyEncoder.WriteMae(folder.File("mae.safetensors")) : null, null, Recipe, Origin, Logger.None);

        var (test, majority) = ((ConfusionScores)result.Test!, (ConfusionScores)result.Majority!);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(test.OverallAccuracy, Is.GreaterThan(majority.OverallAccuracy + 0.2));
            Assert.That(result.TestIntervals["overall_accuracy"].Low, Is.LessThanOrEqualTo(test.OverallAccuracy));
            Assert.That(result.Split.By, Is.EqualTo("block"));
            Assert.That(File.ReadAllText(Path.Combine(run, "report.html")), Does.Contain("Confusion matrix").And.Contain("blocks of"));
            Assert.That(File.ReadAllLines(Path.Combine(run, "confusion.csv")), Has.Length.EqualTo(4));
            Assert.That(File.Exists(Path.Combine(run, "metrics.json")));
        }
    }

    [Test]
    public void A_split_that_lies_ready_and_is_not_used_is_warned_of()
    {
        File.WriteAllText(Path.Combine(data, "split.csv"), "location_id,part\n");

        var result = BaselineRun.Run(folder.File("run"), data, BaselineMethod.Majority, null, null, Recipe, Origin, Logger.None);

        Assert.That(result.Warnings, Has.One.StartsWith("split.csv of the data set is not used: the split was drawn."));
    }

    [Test]
    public void Warnings_are_told_and_name_the_locations_that_a_split_dropped()
    {
        var overlapping = LabelledDataset.Write(folder.File("overlapping"), stride: LabelledDataset.PatchSize / 2);
        var log = new LogList();

        var result = BaselineRun.Run(folder.File("told"), overlapping, BaselineMethod.Majority, null, null, Recipe, Origin, log.Logger);

        Assert.That(result.Split.DroppedLocations, Is.GreaterThan(0));
        Assert.That(result.Warnings, Has.One.StartsWith($"{result.Split.DroppedLocations} locations overlap two parts of the split and were left out."));
        Assert.That(log.Warnings.Select(line => line.Trim('"')), Is.EqualTo(result.Warnings));
    }

    /// <summary>Of 25 patches in blocks of 16, 4, 4 and 1, no part can have 45 % and another as many.</summary>
    [Test]
    public void A_part_far_from_its_share_is_warned_of()
    {
        var recipe = Recipe with { Split = new SplitRecipe { BlockSize = 4, TestFraction = 0.45, ValidationFraction = 0.45 } };

        var result = BaselineRun.Run(folder.File("shares"), data, BaselineMethod.Majority, null, null, recipe, Origin, Logger.None);

        Assert.That(result.Warnings, Has.Some.Matches("^[0-9]+ % of the patches came to (training|validation|test), where (10|45) % were asked for. Smaller blocks \\(split.block_size\\) come nearer.$"));
    }

    [Test]
    public void The_majority_is_that_of_the_fine_tuning_report()
    {
        var result = BaselineRun.Run(folder.File("majority"), data, BaselineMethod.Majority, null, null, Recipe, Origin, Logger.None);

        Assert.That(result.Test!.Summary, Is.EqualTo(result.Majority!.Summary));
    }

    [Test]
    public void A_folder_of_another_data_set_is_refused()
    {
        var other = LabelledDataset.Write(folder.File("other-data"), stride: LabelledDataset.PatchSize / 2);
        _ = BaselineRun.Run(folder.File("twice"), data, BaselineMethod.Majority, null, null, Recipe, Origin, Logger.None);

        Assert.That(() => BaselineRun.Run(folder.File("twice"), other, BaselineMethod.Majority, null, null, Recipe, Origin, Logger.None),
            Throws.TypeOf<OtherRunException>().With.Message.Contains("was begun with data set"));
    }

    [Test]
    public void Results_of_another_method_or_checkpoint_are_not_replaced_and_those_of_the_same_are_made_again()
    {
        var (first, second) = (TinyEncoder.WriteMae(folder.File("mine.safetensors")), TinyEncoder.WriteMae(folder.File("yours.safetensors"), seed: 8));
        void Run(BaselineMethod method, string? checkpoint) =>
            BaselineRun.Run(folder.File("kept"), data, method, checkpoint, checkpoint is null ? null : checkpoint + ".features", Recipe, Origin, Logger.None);
        Run(BaselineMethod.LinearProbe, first);
        var scores = File.ReadAllText(folder.File("kept/metrics.json"));

        Assert.That(() => Run(BaselineMethod.Majority, null), Throws.TypeOf<OtherRunException>().With.Message.Contains("kept holds results of linear_probe with the encoder ").And.Message.EndsWith(", not of majority. Choose another --out."));
        Assert.That(() => Run(BaselineMethod.LinearProbe, second), Throws.TypeOf<OtherRunException>().With.Message.Contains("not of linear_probe with the encoder"));
        Assert.That(File.ReadAllText(folder.File("kept/metrics.json")), Is.EqualTo(scores));
        Assert.That(() => Run(BaselineMethod.LinearProbe, first), Throws.Nothing);
    }

    [Test]
    public void An_encoder_of_other_windows_is_refused_before_a_folder_is_made()
    {
        var other = TinyEncoder.WriteMae(folder.File("windows.safetensors"), TinyEncoder.Config with { PatchSize = 8 });

        Assert.That(() => BaselineRun.Run(folder.File("refused"), data, BaselineMethod.LinearProbe, other, folder.File("refused-features"), Recipe, Origin, Logger.None),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("--patch-size 8"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path, "refused*"), Is.Empty);
    }

    [TestCase(BaselineMethod.LogisticRegression)]
    [TestCase(BaselineMethod.RandomForest)]
    [TestCase(BaselineMethod.NearestNeighbours)]
    [TestCase(BaselineMethod.LinearProbe)]
    public void Sets_of_classes_have_baselines_of_whole_patches(BaselineMethod method)
    {
        var result = OfPatches(method, data, TaskType.MultiLabel);

        var (test, constant) = ((MultiLabelScores)result.Test!, (MultiLabelScores)result.Majority!);
        Assert.That(test.MacroAveragePrecision, Is.GreaterThan(constant.MacroAveragePrecision!.Value));
        Assert.That(test.Patches, Is.EqualTo(result.Split.TestPatches));
    }

    [TestCase(BaselineMethod.LogisticRegression)]
    [TestCase(BaselineMethod.RandomForest)]
    [TestCase(BaselineMethod.NearestNeighbours)]
    [TestCase(BaselineMethod.LinearProbe)]
    public void The_class_of_a_patch_has_baselines_of_whole_patches(BaselineMethod method)
    {
        var result = OfPatches(method, data, TaskType.Classification);

        var (test, majority) = ((ConfusionScores)result.Test!, (ConfusionScores)result.Majority!);
        Assert.That(test.OverallAccuracy, Is.GreaterThan(majority.OverallAccuracy));
        Assert.That(test.Pixels, Is.EqualTo(result.Split.TestPatches));
        Assert.That(File.Exists(folder.File($"Classification-{method}/confusion.csv")));
    }

    [TestCase(BaselineMethod.RidgeRegression, 0.2)]
    [TestCase(BaselineMethod.NearestNeighbours, 1)]
    [TestCase(BaselineMethod.LinearProbe, 1)]
    public void Numbers_have_baselines_of_whole_patches_in_their_own_units(BaselineMethod method, double mostOfConstant)
    {
        var numbers = folder.File("numbers");
        if (!Directory.Exists(numbers))
            LabelledDataset.Write(numbers, classes: [], targets: shares => [new("sand", 300 + (200 * shares[1])), new("water", shares[2])]);

        var result = OfPatches(method, numbers, TaskType.Regression);

        var (test, constant) = ((RegressionScores)result.Test!, (RegressionScores)result.Majority!);
        Assert.That(test.Rmse, Is.LessThan(mostOfConstant * constant.Rmse));
        Assert.That(File.ReadAllText(folder.File($"Regression-{method}/report.html")), Does.Contain("Targets in the test").And.Contain("Estimates of sand over the labels of the test").And.Contain("predicted"));
    }

    [Test]
    public void Methods_that_make_no_sense_for_a_task_are_refused_with_those_that_do()
    {
        var numbers = LabelledDataset.Write(folder.File("targets"), classes: [], targets: shares => [new("sand", shares[1])]);

        Assert.That(() => OfPatches(BaselineMethod.LogisticRegression, numbers, TaskType.Regression), Throws.TypeOf<RecipeException>()
            .With.Message.StartsWith("The baseline cannot run:\n").And.Message.Contains("logistic_regression makes no sense for task regression; take majority, ridge_regression, nearest_neighbours, linear_probe."));
        Assert.That(() => OfPatches(BaselineMethod.RidgeRegression, data, TaskType.Segmentation), Throws.TypeOf<RecipeException>().With.Message.Contains("take majority, logistic_regression"));
    }

    [Test]
    public void Mean_spectra_are_of_valid_pixels_with_data()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        const int area = LabelledDataset.PatchSize * LabelledDataset.PatchSize;
        var dataset = Dataset.Open(Gaps());

        var spectra = PatchSpectra.Means(dataset, [0], threads: 1, CancellationToken.None);

        Assert.That(spectra.data<float>().ToArray(), Is.EqualTo(new[] { 0.2f, 0.3f, 0 }).Within(1e-6));

        // Half of the pixels is not valid and wrong; the second band has no data in some, the third in all.
        string Gaps()
        {
            var path = folder.File("gaps");
            short[] pixels =
            [
                .. Enumerable.Range(0, area).Select(pixel => (short)(pixel < area / 2 ? 2000 : 9000)),
                .. Enumerable.Range(0, area).Select(pixel => pixel < 10 ? short.MinValue : (short)(pixel < area / 2 ? 3000 : 9000)),
                .. Enumerable.Repeat(short.MinValue, area),
            ];
            TestDataset.Write(path, TestDataset.Manifest([500, 600, 700], LabelledDataset.PatchSize),
                [new Patch { Info = LabelledDataset.Info(0, 0, false), Pixels = pixels, Validity = [.. Enumerable.Range(0, area).Select(pixel => (byte)(pixel < area / 2 ? 1 : 0))], Labels = null }]);
            return path;
        }
    }

    [TestCase(0.0)]
    [TestCase(3.0)]
    public void A_ridge_chooses_its_penalty_by_samples_left_out(double noise)
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        var random = new SeededRandom(3, "ridge", 0);
        double[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextNormal())];
        var (inputs, unseen) = (tensor(Draw(30 * 40), [30, 40]), tensor(Draw(200 * 40), [200, 40]));    // more numbers than samples
        var weights = zeros(40, 1, dtype: float64);
        weights[0, 0] = 1;
        using var ridge = new RidgeModel();

        ridge.Fit(inputs, inputs.matmul(weights) + (noise * tensor(Draw(30), [30, 1])));

        var truth = unseen.matmul(weights);
        var (error, ofMean) = ((ridge.Answers(unseen.to(float32)) - truth).square().mean().item<double>(), truth.square().mean().item<double>());
        Assert.That(error, Is.LessThan(noise == 0 ? 0.8 * ofMean : 2 * ofMean), "where noise prevails the penalty is large; without one the error is several times that of the mean");
    }

    [TestCase(InitialWeights.Checkpoint)]
    [TestCase(InitialWeights.Random)]
    public void Features_are_computed_once_and_refused_to_another_checkpoint(InitialWeights weights)
    {
        var (first, second) = (TinyEncoder.WriteMae(folder.File("first.safetensors")), TinyEncoder.WriteMae(folder.File("second.safetensors"), seed: 8));
        var (kept, recipe) = (folder.File($"features-{weights}"), Recipe with { InitialWeights = weights });
        _ = BaselineRun.Run(folder.File($"probe-{weights}"), data, BaselineMethod.LinearProbe, first, kept, recipe, Origin, Logger.None);
        var written = Directory.GetFiles(kept).ToDictionary(file => file, File.GetLastWriteTimeUtc);

        _ = BaselineRun.Run(folder.File($"neighbours-{weights}"), data, BaselineMethod.NearestNeighbours, first, kept, recipe, Origin, Logger.None);

        Assert.That(Directory.GetFiles(kept).ToDictionary(file => file, File.GetLastWriteTimeUtc), Is.EqualTo(written));
        Assert.That(() => BaselineRun.Run(folder.File($"other-{weights}"), data, BaselineMethod.LinearProbe, second, kept, recipe, Origin, Logger.None),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("features of another"));
    }

    [Test]
    public void Checkpoints_that_are_missing_or_one_too_many_are_refused() =>
        Assert.Multiple(() =>
        {
            Assert.That(() => BaselineRun.Run(folder.File("x"), data, BaselineMethod.LinearProbe, null, null, Recipe, Origin, Logger.None), Throws.TypeOf<RecipeException>().With.Message.Contains("--checkpoint"));
            Assert.That(() => BaselineRun.Run(folder.File("x"), data, BaselineMethod.Majority, "any", null, Recipe, Origin, Logger.None), Throws.TypeOf<RecipeException>().With.Message.Contains("spectra only"));
        });

    [Test]
    public void A_forest_learns_what_no_line_divides_and_does_not_depend_on_threads()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        var (inputs, labels) = Chequerboard(600, seed: 1);
        var (unseen, truth) = Chequerboard(400, seed: 2);
        using var forest = new ForestModel(trees: 30, seed: 4);
        using var again = new ForestModel(trees: 30, seed: 4);
        using var line = new LogisticModel();

        forest.Fit(inputs, OneHot(labels));
        again.Fit(inputs, OneHot(labels));
        line.Fit(inputs, OneHot(labels));

        var probabilities = forest.Answers(unseen.to(float32));
        Assert.That(Right(probabilities, truth), Is.GreaterThan(0.9));
        Assert.That(Right(line.Answers(unseen.to(float32)), truth), Is.LessThan(0.65));
        Assert.That((probabilities.sum([1]) - 1).abs().max().item<float>(), Is.LessThan(1e-5));
        Assert.That(again.Answers(unseen.to(float32)).data<float>().ToArray(), Is.EqualTo(probabilities.data<float>().ToArray()));
    }

    [Test]
    public void The_nearest_neighbour_of_a_training_pixel_is_itself()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        var (inputs, labels) = Chequerboard(200, seed: 1);
        using var model = new NeighbourModel(seed: 1);

        model.Fit(cat([inputs, inputs.square(), inputs.pow(3)], 1), OneHot(labels));

        Assert.That(Right(model.Answers(cat([inputs, inputs.square(), inputs.pow(3)], 1).to(float32)), labels), Is.GreaterThan(0.8));
    }

    private FinetuneResult OfPatches(BaselineMethod method, string from, TaskType task) => BaselineRun.Run(
        folder.File($"{task}-{method}"), from, method, method.NeedsCheckpoint() ? TinyEncoder.WriteMae(folder.File("mae.safetensors")) : null, null,
        Recipe with { Task = task, Split = new SplitRecipe { BlockSize = 1, TestFraction = 0.3, ValidationFraction = 0.2 } }, Origin, Logger.None);

    private static Tensor OneHot(Tensor labels) => nn.functional.one_hot(labels, 2).to(float64);

    private static double Right(Tensor probabilities, Tensor labels) => probabilities.argmax(1).eq(labels).to(float64).mean().item<double>();

    private static (Tensor Inputs, Tensor Labels) Chequerboard(int pixels, long seed)
    {
        var random = new SeededRandom(seed, "chequerboard", 0);
        var (values, labels) = (new double[pixels * 2], new long[pixels]);
        for (var pixel = 0; pixel < pixels; pixel++)
        {
            (values[2 * pixel], values[(2 * pixel) + 1]) = (random.NextDouble() - 0.5, random.NextDouble() - 0.5);
            labels[pixel] = values[2 * pixel] > 0 == values[(2 * pixel) + 1] > 0 ? 1 : 0;
        }

        return (tensor(values, [pixels, 2]), tensor(labels));
    }
}
