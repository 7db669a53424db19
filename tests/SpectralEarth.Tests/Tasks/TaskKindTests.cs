using System.Globalization;
using Serilog.Core;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Randomness;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Shards.Verification;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Finetuning.Kinds;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Testing;
using SpectralEarth.Training;
using SpectralEarth.Training.Augmentation;
using SpectralEarth.Training.Optimization;
using SpectralEarth.Training.Runs;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Tasks;

/// <summary>Fine-tuning to the class, the classes and the numbers of a patch.</summary>
public sealed class TaskKindTests
{
    private static readonly RunOrigin Origin = new("0.1.0-test", "spectralearth finetune", "tiny.yaml");

    private static readonly FinetuneRecipe Tiny = new()
    {
        BatchSize = 5,
        Steps = 40,
        EvaluateEvery = 20,
        Optimizer = new OptimizerRecipe { LearningRate = 1e-2 },
        AverageDecay = 0.8,
        TestTimeAugmentation = false,
        Split = new SplitRecipe { BlockSize = 1, TestFraction = 0.3, ValidationFraction = 0.2 },
        Threads = 1,
        LoaderThreads = 1,
        Device = ComputeDevice.Cpu,
    };

    private TemporaryFolder folder = null!;
    private string encoder = null!;

    [SetUp]
    public void Prepare()
    {
        folder = new TemporaryFolder();
        encoder = TinyEncoder.WriteMae(folder.File("mae.safetensors"));
    }

    [TearDown]
    public void Clean() => folder.Dispose();

    [Test]
    public void Sets_of_classes_are_learned_and_beat_their_frequencies()
    {
        LabelledDataset.Write(folder.File("data"));

        var (run, result) = Train(Tiny with { Task = TaskType.MultiLabel });

        var (test, constant) = ((MultiLabelScores)result.Test!, (MultiLabelScores)result.Majority!);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(test.MacroAveragePrecision, Is.GreaterThan(constant.MacroAveragePrecision!.Value));
            Assert.That(test.Patches, Is.EqualTo(result.Split.TestPatches));
            Assert.That(result.TestIntervals, Does.ContainKey("macro_average_precision"));
            Assert.That(run.Evaluations[0].Scores, Does.ContainKey("macro_average_precision"));
            Assert.That(File.ReadAllText(run.Folder.ReportPath), Does.Contain("Average precision of each class").And.Contain(">Average precision</th>").And.Contain("Predicted:").And.Contain("Training patches"));
            using var best = SafeTensorsFile.Open(run.BestPath);
            Assert.That(CheckpointFile.Describe(best).Classification!.MultiLabel, Is.True);
        }
    }

    [TestCase(LossForm.CrossEntropy)]
    [TestCase(LossForm.Focal)]
    public void The_class_of_a_patch_is_learned_and_beats_the_most_frequent_one(LossForm form)
    {
        LabelledDataset.Write(folder.File("data"));

        var (run, result) = Train(Tiny with { Task = TaskType.Classification, Steps = 60, Loss = new LossRecipe { Form = form, ClassWeights = ClassWeighting.Balanced } });

        var (test, constant) = ((ConfusionScores)result.Test!, (ConfusionScores)result.Majority!);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(test.OverallAccuracy, Is.GreaterThan(constant.OverallAccuracy));
            Assert.That(test.Pixels, Is.EqualTo(result.Split.TestPatches));
            Assert.That(result.Split.TrainPixels.Sum(), Is.EqualTo(result.Split.TrainPatches));
            Assert.That(result.TestIntervals, Does.ContainKey("macro_f1"));
            Assert.That(run.Evaluations[0].Scores, Does.ContainKey("macro_f1"));
            Assert.That(File.ReadAllText(run.Folder.ReportPath), Does.Contain("Confusion matrix of the test").And.Contain("Predicted:").And.Contain("Training patches"));
            using var best = SafeTensorsFile.Open(run.BestPath);
            Assert.That(CheckpointFile.Describe(best).Classification!.MultiLabel, Is.False);
        }
    }

    [Test]
    public void The_class_of_a_patch_is_that_of_most_of_its_valid_labelled_pixels()
    {
        var dataset = Dataset.Open(LabelledDataset.Write(folder.File("data"), code => code == 9 ? 0 : code));
        var classes = new ClassTable(dataset.Manifest.Classes);
        int[] mixed = [.. Enumerable.Range(0, 25).Where(patch => Pixels(patch).Count(pixels => pixels > 0) > 1)];

        var census = LabelCensus.Take(dataset, classes, TaskType.Classification);

        for (var patch = 0; patch < 25; patch++)
        {
            var (pixels, counts) = (Pixels(patch), census[patch]);
            Assert.That(counts.Sum(), Is.EqualTo(pixels.Sum() > 0 ? 1 : 0));
            Assert.That(pixels.Sum() == 0 || pixels[counts.Index().Single(item => item.Item == 1).Index] == pixels.Max());
        }

        using var run = FinetuneRun.OpenOrResume(folder.File("run"), folder.File("data"), encoder, Tiny with { Task = TaskType.Classification }, Origin, Logger.None);
        Assert.That(mixed, Has.Length.InRange(1, 24));
        Assert.That(census.MixedPatches, Is.EqualTo(mixed.Length));
        Assert.That(run.Warnings, Has.Some.StartsWith($"{mixed.Length} patches have pixels of several classes"));

        int[] Pixels(int patch)
        {
            var read = dataset.Read(patch);
            return [.. classes.Select(item => read.Labels!.Where((code, pixel) => code == item.Code && read.Validity[pixel] == 1).Count())];
        }
    }

    [Test]
    public void Numbers_are_learned_in_their_own_units_and_beat_their_means()
    {
        LabelledDataset.Write(folder.File("data"), classes: [], targets: shares => [new("sand", 300 + (200 * shares[1])), new("water", shares[2])]);

        var (run, result) = Train(Tiny with { Task = TaskType.Regression, Steps = 80 });

        var (test, constant) = ((RegressionScores)result.Test!, (RegressionScores)result.Majority!);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(test.Rmse, Is.LessThan(constant.Rmse));
            Assert.That(test.PerTarget.Select(target => target.Name), Is.EqualTo(new[] { "sand", "water" }));
            Assert.That(run.Evaluations.Select(one => one.Step), Does.Contain(result.BestStep));
            Assert.That(run.Evaluations.Min(one => one.Scores["rmse"]), Is.EqualTo(run.Evaluations.Single(one => one.Step == result.BestStep).Scores["rmse"]), "the lowest is best");
            Assert.That(File.ReadAllText(run.Folder.ReportPath), Does.Contain("Targets in the test").And.Contain("Estimates of sand over the labels of the test").And.Contain("Estimates of water"));
            using var best = SafeTensorsFile.Open(run.BestPath);
            var target = CheckpointFile.Describe(best).Targets[0];
            Assert.That((target.Name, target.Mean), Is.EqualTo(("sand", 400.0)).Using<(string, double)>((one, other) => one.Item1 == other.Item1 && one.Item2 is > 300 and < 500));
        }
    }

    [Test]
    public void Numbers_of_a_data_set_are_kept_in_its_catalog_and_checked()
    {
        var data = LabelledDataset.Write(folder.File("data"), classes: [], targets: shares => [new("sand", shares[1])]);
        var plain = Dataset.Open(LabelledDataset.Write(folder.File("plain"), classes: []));

        var dataset = Dataset.Open(data);

        Assert.That(dataset.Manifest.Targets, Is.EqualTo(new[] { "sand" }));
        Assert.That(dataset.Catalog.Select(patch => patch.Targets.Single().Value).Distinct().Count(), Is.GreaterThan(5));
        Assert.That(dataset.Manifest.Fingerprint, Is.Not.EqualTo(plain.Manifest.Fingerprint));
        Assert.That(DatasetVerifier.Run(data).Problems, Is.Empty);
        Assert.That(plain.Catalog[0].Targets, Is.Empty);
    }

    [Test]
    public void Tasks_that_do_not_suit_the_data_or_the_recipe_are_refused()
    {
        LabelledDataset.Write(folder.File("data"));

        Assert.That(() => Train(Tiny with { Task = TaskType.Regression }), Throws.TypeOf<RecipeException>().With.Message.Contains("needs numbers"));
        Assert.That(() => Train(Tiny with { Task = TaskType.Regression, Accumulate = 5 }), Throws.TypeOf<RecipeException>().With.Message.Contains("leaves 1 in a part"));
        Assert.That(() => Train(Tiny with { Task = TaskType.MultiLabel, SelectBy = SelectionScore.Rmse, Loss = new LossRecipe { Form = LossForm.SquaredError } }),
            Throws.TypeOf<RecipeException>().With.Message.Contains("select_by must be").And.Message.Contains("cross_entropy or focal"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_patch_without_any_class_is_an_example_only_where_labels_are_complete(bool complete)
    {
        var data = LabelledDataset.Write(folder.File("data"), code => code == 9 ? 9 : 0, complete: complete);
        var recipe = Tiny with { Task = TaskType.MultiLabel, Split = new SplitRecipe { TestFraction = 0, ValidationFraction = 0 } };
        var unlabelled = Dataset.Open(data).Catalog.Count(patch => patch.LabelledFraction == 0);

        using var run = FinetuneRun.OpenOrResume(folder.File("run"), data, encoder, recipe, Origin, Logger.None);

        Assert.That(unlabelled, Is.InRange(1, 24));
        Assert.That(run.Split.UnlabelledPatches, Is.EqualTo(complete ? 0 : unlabelled));
        Assert.That(run.Split.Train, Has.Count.EqualTo(complete ? 25 : 25 - unlabelled));
        Assert.That(run.Warnings, complete ? Has.None.Contains("labels_complete") : Has.Some.StartsWith($"{unlabelled} patches without labels were left out"));
    }

    [Test]
    public void Larger_patches_than_windows_are_refused_where_labels_hold_for_the_whole_patch()
    {
        LabelledDataset.Write(folder.File("data"));
        encoder = TinyEncoder.WriteMae(folder.File("small.safetensors"), TinyEncoder.Config with { PatchSize = 8 });

        Assert.That(() => Train(Tiny with { Task = TaskType.MultiLabel }), Throws.TypeOf<LabelException>().With.Message.Contains("--patch-size 8"));
    }

    [TestCase(TaskType.Classification)]
    [TestCase(TaskType.MultiLabel)]
    [TestCase(TaskType.Regression)]
    public void Estimates_of_each_patch_are_written_and_give_the_scores_again(TaskType task)
    {
        LabelledDataset.Write(folder.File("data"), classes: task == TaskType.Regression ? [] : null, targets: task == TaskType.Regression ? shares => [new("pH, soil", 6 + shares[1])] : null);
        Train(Tiny with { Task = task, Steps = 2, EvaluateEvery = 1 });

        var result = SplitEvaluation.Run(folder.File("run"), folder.File("data"), new EvaluationOptions { OutPath = folder.File("scores") });

        var rows = CsvText.Rows(File.ReadAllText(folder.File("scores/predictions.csv"))).ToArray();
        var dataset = Dataset.Open(folder.File("data"));
        using var run = FinetuneRun.OpenOrResume(folder.File("run"), folder.File("data"), encoder, Tiny with { Task = task, Steps = 2, EvaluateEvery = 1 }, Origin, Logger.None);
        Assert.That(rows[0].Take(5), Is.EqualTo(task == TaskType.Regression
            ? new[] { "location_id", "scene_id", "time", "label_pH, soil", "estimate_pH, soil" }
            : ["location_id", "scene_id", "time", "label_meadow", "estimate_meadow"]));
        Assert.That(rows.Skip(1).Select(row => row[0]), Is.EqualTo(run.Split.Test.Select(patch => dataset.Catalog[patch].LocationId)));
        Assert.That(rows[1][2], Is.EqualTo("2024-06-01T10:00:00Z"));
        var numbers = rows.Skip(1).Select(row => row.Skip(3).Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        if (task == TaskType.Regression)
            Assert.That(Math.Sqrt(numbers.Average(row => Math.Pow(row[0] - row[1], 2))), Is.EqualTo(((RegressionScores)result.Test).Rmse).Within(1e-12));
        else if (task == TaskType.Classification)
            Assert.That(numbers.Average(row => row[2 * Enumerable.Range(0, 3).MaxBy(label => row[(2 * label) + 1])]), Is.EqualTo(((ConfusionScores)result.Test).OverallAccuracy).Within(1e-12));
        else
            Assert.That(numbers.Average(row => Enumerable.Range(0, 3).Average(label => row[2 * label] == 1 == (row[(2 * label) + 1] >= 0.5) ? 1.0 : 0)), Is.EqualTo(((MultiLabelScores)result.Test).DecisionAccuracy).Within(1e-12));
    }

    [TestCase(TaskType.Segmentation, "Classes in the validation")]
    [TestCase(TaskType.Classification, "Classes in the validation")]
    [TestCase(TaskType.MultiLabel, "Classes in the validation")]
    [TestCase(TaskType.Regression, "Targets in the validation")]
    public void Without_a_test_the_report_shows_how_the_validations_scores_come_about(TaskType task, string heading)
    {
        LabelledDataset.Write(folder.File("data"), classes: task == TaskType.Regression ? [] : null, targets: task == TaskType.Regression ? shares => [new("sand", shares[1])] : null);

        var (run, _) = Train(Tiny with { Task = task, Steps = 1, EvaluateEvery = 1, SpectralProbe = false, Split = new SplitRecipe { BlockSize = 1, TestFraction = 0, ValidationFraction = 0.3 } });

        var page = File.ReadAllText(run.Folder.ReportPath);
        Assert.That(page, Does.Contain(heading).And.Not.Contain("in the test").And.Not.Contain("In brackets"));
        Assert.That(page, task == TaskType.Regression ? Does.Not.Contain("Means over classes") : Does.Contain("Means over classes"));
        Assert.That(File.Exists(folder.File("run/confusion.csv")), Is.EqualTo(task is TaskType.Segmentation or TaskType.Classification));
    }

    [Test]
    public void A_network_of_numbers_that_is_to_map_says_how_it_answers()
    {
        LabelledDataset.Write(folder.File("data"), classes: [], targets: shares => [new("sand", shares[1])]);
        Train(Tiny with { Task = TaskType.Regression, Steps = 1, EvaluateEvery = 1 });

        Assert.That(() => TrainedSegmentation.Open(folder.File("run")), Throws.TypeOf<CheckpointException>().With.Message.Contains("evaluate --data --out"));
    }

    [TestCase(TaskType.Segmentation)]
    [TestCase(TaskType.Classification)]
    [TestCase(TaskType.MultiLabel)]
    [TestCase(TaskType.Regression)]
    public void A_network_that_diverged_is_not_scored_and_the_message_says_what_to_do(TaskType task)
    {
        LabelledDataset.Write(folder.File("data"), classes: task == TaskType.Regression ? [] : null, targets: task == TaskType.Regression ? shares => [new("sand", shares[1])] : null);
        var hot = Hot with { Task = task, Steps = 4, EvaluateEvery = 2 };

        Assert.That(() => Train(hot), Throws.TypeOf<DivergedNetworkException>().With.Message.StartsWith(folder.File("run:")).And.Message.Contains("Lower optimizer.learning_rate"));
        Assert.That(() => SplitEvaluation.Run(folder.File("run"), folder.File("data"), new EvaluationOptions()),
            Throws.TypeOf<DivergedNetworkException>().With.Message.Contains("best.safetensors: the network's answers are not numbers"));
        Assert.That(File.Exists(folder.File("run/metrics.json")), Is.False);
    }

    [Test]
    public void A_validation_without_numbers_leaves_it_to_the_steps_to_end_the_run()
    {
        LabelledDataset.Write(folder.File("data"));

        Assert.That(() => Train(Hot with { Task = TaskType.MultiLabel, EvaluateEvery = 1, MaxNonFiniteSteps = 3 }),
            Throws.TypeOf<DivergenceException>().With.Message.Contains("steps in a row were not finite"));
    }

    [Test]
    public void Each_part_of_a_step_drops_other_units_and_the_first_those_of_an_undivided_step()
    {
        LabelledDataset.Write(folder.File("data"), classes: [], targets: shares => [new("sand", shares[1])]);
        var recipe = Tiny with { Task = TaskType.Regression, Augmentation = AugmentationRecipe.None };
        using var source = EncoderSource.Open(encoder, Dataset.Open(folder.File("data")));
        using var normalization = source.Description.Normalization(CPU);
        var census = LabelCensus.Take(source.Dataset, null, TaskType.Regression);
        var setup = new TaskSetup
        {
            Dataset = source.Dataset,
            Recipe = recipe,
            Census = census,
            Split = LabelledSplit.Of(source.Dataset, census, recipe.Split),
            Normalization = normalization,
            Device = CPU,
            WindowSize = source.Description.Encoder.PatchSize,
        };
        using var kind = TaskKinds.Of(setup, null);
        using var network = kind.Build(kind.Describe(source.Description), seed: 1);
        using var loader = new PatchLoader(source.Dataset, [[0, 1, 2, 3]], threads: 1);
        using var batch = loader.Next(CancellationToken.None)!;
        using var leaks = TensorLeaks.MustBeNone();

        var (first, again, second) = (Loss(0), Loss(0), Loss(4));

        Assert.That(again, Is.EqualTo(first));
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(first, Is.EqualTo(LossBy(new SeededRandom(recipe.Seed, "dropout", 3))), "the draw of runs made before");

        float Loss(int firstSample)
        {
            using var scope = NewDisposeScope();
            batch.FirstSample = firstSample;
            return kind.Loss(network, batch, step: 3).item<float>();
        }

        float LossBy(SeededRandom random)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator((ulong)random.NextSeed());
            batch.FirstSample = 0;
            var truth = tensor([.. batch.Indices.SelectMany(((IPatchKind)kind).Truth).Select(number => (float)number)], [4, 1]);
            return (((RegressionModel)network).ForwardTraining(setup.Views().Of(batch, step: 3).Images, generator) - truth).square().mean().item<float>();
        }
    }

    private static FinetuneRecipe Hot => Tiny with { Optimizer = new OptimizerRecipe { LearningRate = 1e30 }, SpectralProbe = false, RegisterLabels = false };

    private (FinetuneRun Run, FinetuneResult Result) Train(FinetuneRecipe recipe)
    {
        using var run = FinetuneRun.OpenOrResume(folder.File("run"), folder.File("data"), encoder, recipe, Origin, Logger.None);
        _ = run.Steps().Count();
        return (run, run.Finish());
    }
}
