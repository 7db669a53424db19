using Serilog.Core;
using SpectralEarth.Checkpoints;
using SpectralEarth.Randomness;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Tasks.Baselines;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Testing;
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

    [TestCase(BaselineMethod.LogisticRegression, false)]
    [TestCase(BaselineMethod.RandomForest, false)]
    [TestCase(BaselineMethod.NearestNeighbours, true)]
    [TestCase(BaselineMethod.LinearProbe, true)]
    public void Baselines_beat_the_majority_and_leave_the_files_of_a_run(BaselineMethod method, bool needsCheckpoint)
    {
        var run = folder.File(method.ToString());

        var result = BaselineRun.Run(run, data, method, needsCheckpoint ? TinyEncoder.WriteMae(folder.File("mae.safetensors")) : null, null, Recipe, Origin, Logger.None);

        var (test, majority) = ((SegmentationScores)result.Test!, (SegmentationScores)result.Majority!);
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
    public void The_majority_is_that_of_the_fine_tuning_report()
    {
        var result = BaselineRun.Run(folder.File("majority"), data, BaselineMethod.Majority, null, null, Recipe, Origin, Logger.None);

        Assert.That(result.Test!.Summary, Is.EqualTo(result.Majority!.Summary));
    }

    [Test]
    public void A_folder_of_another_data_set_is_refused()
    {
        var other = LabelledDataset.Write(folder.File("other-data"), shiftNm: 1);
        _ = BaselineRun.Run(folder.File("twice"), data, BaselineMethod.Majority, null, null, Recipe, Origin, Logger.None);

        Assert.That(() => BaselineRun.Run(folder.File("twice"), other, BaselineMethod.Majority, null, null, Recipe, Origin, Logger.None),
            Throws.TypeOf<DatasetException>().With.Message.Contains("was begun with data set"));
    }

    [Test]
    public void Features_are_computed_once_and_refused_to_another_checkpoint()
    {
        var (first, second) = (TinyEncoder.WriteMae(folder.File("first.safetensors")), TinyEncoder.WriteMae(folder.File("second.safetensors"), seed: 8));
        var kept = folder.File("features");
        _ = BaselineRun.Run(folder.File("probe"), data, BaselineMethod.LinearProbe, first, kept, Recipe, Origin, Logger.None);
        var written = Directory.GetFiles(kept).ToDictionary(file => file, File.GetLastWriteTimeUtc);

        _ = BaselineRun.Run(folder.File("neighbours"), data, BaselineMethod.NearestNeighbours, first, kept, Recipe, Origin, Logger.None);

        Assert.That(Directory.GetFiles(kept).ToDictionary(file => file, File.GetLastWriteTimeUtc), Is.EqualTo(written));
        Assert.That(() => BaselineRun.Run(folder.File("other"), data, BaselineMethod.LinearProbe, second, kept, Recipe, Origin, Logger.None),
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

        forest.Fit(inputs, labels, 2);
        again.Fit(inputs, labels, 2);
        line.Fit(inputs, labels, 2);

        var probabilities = forest.Probabilities(unseen.to(float32));
        Assert.That(Right(probabilities, truth), Is.GreaterThan(0.9));
        Assert.That(Right(line.Probabilities(unseen.to(float32)), truth), Is.LessThan(0.65));
        Assert.That((probabilities.sum([1]) - 1).abs().max().item<float>(), Is.LessThan(1e-5));
        Assert.That(again.Probabilities(unseen.to(float32)).data<float>().ToArray(), Is.EqualTo(probabilities.data<float>().ToArray()));
    }

    [Test]
    public void The_nearest_neighbour_of_a_training_pixel_is_itself()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        var (inputs, labels) = Chequerboard(200, seed: 1);
        using var model = new NeighbourModel(seed: 1);

        model.Fit(cat([inputs, inputs.square(), inputs.pow(3)], 1), labels, 2);

        Assert.That(Right(model.Probabilities(cat([inputs, inputs.square(), inputs.pow(3)], 1).to(float32)), labels), Is.GreaterThan(0.8));
    }

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
