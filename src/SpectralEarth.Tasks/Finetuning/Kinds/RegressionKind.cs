using System.Globalization;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Randomness;
using SpectralEarth.Reports;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Finetuning.Losses;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>Measured numbers of a patch. The network learns them at mean 0 and deviation 1 of the training patches.</summary>
internal sealed class RegressionKind : IPatchKind, ITaskReport
{
    private const int ShownPatches = 12;

    private readonly TaskSetup setup;
    private readonly TrainingViews views;
    private readonly IReadOnlyList<ModelTarget> targets;
    private readonly LossForm form;

    /// <param name="setup">Data, recipe and split.</param>
    /// <param name="targets">Targets of a trained network; null takes mean and deviation of the training patches.</param>
    public RegressionKind(TaskSetup setup, IReadOnlyList<ModelTarget>? targets)
    {
        (this.setup, views, form) = (setup.RequireWholePatches(), setup.Views(), setup.Recipe.Loss.Form ?? LossForm.SquaredError);
        this.targets = targets ?? [.. setup.Dataset.Manifest.Targets.Select(Target)];
    }

    /// <inheritdoc/>
    public ITaskReport Report => this;

    /// <inheritdoc/>
    public IReadOnlyList<string> Course { get; } = ["rmse", "r2"];

    /// <inheritdoc/>
    public ModelDescription Describe(ModelDescription common) => common with
    {
        Architecture = ModelDescription.RegressionArchitecture,
        Regression = new RegressionConfig { Encoder = common.Encoder, Targets = targets.Count },
        EncoderOnly = null,
        Targets = targets,
    };

    /// <inheritdoc/>
    public TaskNetwork Build(ModelDescription description, long seed)
    {
        var network = new RegressionModel(description.Regression!, seed);
        return new TaskNetwork(network, network.Encoder);
    }

    /// <inheritdoc/>
    public void Prepare(TaskNetwork network)
    {
    }

    /// <inheritdoc/>
    public Tensor Loss(TaskNetwork network, PatchBatch batch, long step)
    {
        using var random = new Generator((ulong)new SeededRandom(setup.Recipe.Seed, "dropout", step).NextSeed());
        var (images, _) = views.Of(batch, step);
        float[] truth = [.. batch.Indices.SelectMany(Truth).Select(number => (float)number)];
        var predicted = ((RegressionModel)network.Module).ForwardTraining(images, random);
        return NumberLoss.Of(form, predicted, tensor(truth, [batch.Indices.Length, targets.Count], device: setup.Device));
    }

    /// <inheritdoc/>
    public IScoreStore Predict(TaskNetwork network, IReadOnlyList<int> patches, bool testTimeAugmentation, CancellationToken cancel) =>
        Score(Answers(network, patches, testTimeAugmentation, cancel));

    /// <inheritdoc/>
    public double[] Truth(int patch) => [.. Values(patch).Select((value, target) => (value - targets[target].Mean) / targets[target].StandardDeviation)];

    /// <inheritdoc/>
    public IScoreStore Score(IEnumerable<(int Patch, float[] Answer)> answers)
    {
        var store = new RegressionStore(setup.Dataset.Manifest.Targets);
        foreach (var (patch, answer) in answers)
            store.Add(Numbers(answer), Values(patch));
        return store;
    }

    /// <inheritdoc/>
    public (string Name, IScoreStore Store) Constant(IScoreStore test) =>
        ("the means of training", ((RegressionStore)test).IfAlways([.. targets.Select(target => target.Mean)]));

    /// <inheritdoc/>
    public void WriteTest(string folder, IScoreStore test)
    {
    }

    /// <inheritdoc/>
    public void AddScored(ReportPage page, IScoreStore scored, string part) => page.Heading($"Targets in the {part}").Table(
        ["Target", "RMSE", "Mean absolute error", "R²", "MSE / MSE of 0"], [.. ((RegressionScores)scored.All()!).PerTarget.Select(score => (IReadOnlyList<string>)
            [score.Name, ScoreText.Of(score.Rmse), ScoreText.Of(score.MeanAbsoluteError), ScoreText.Of(score.R2), ScoreText.Of(score.ErrorRatio)])]);

    /// <inheritdoc/>
    public void AddLabels(ReportPage page, SplitSummary split) => page.Table(["Target", "Training mean", "Training deviation"],
        [.. targets.Select(target => (IReadOnlyList<string>)[target.Name, ScoreText.Of(target.Mean), ScoreText.Of(target.StandardDeviation)])]);

    /// <inheritdoc/>
    public void AddExamples(ReportPage page, TaskNetwork network, IReadOnlyList<int> patches) =>
        AddExamples(page, Answers(network, [.. patches.Take(ShownPatches)], setup.Recipe.TestTimeAugmentation, CancellationToken.None));

    /// <inheritdoc/>
    public void AddExamples(ReportPage page, IEnumerable<(int Patch, float[] Answer)> answers) =>
        page.Gallery([.. answers.Take(ShownPatches).Select(item => (PatchPicture.Of(setup.Dataset, item.Patch), Caption(item.Patch, Numbers(item.Answer))))]);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private IEnumerable<(int Patch, float[] Answer)> Answers(TaskNetwork network, IReadOnlyList<int> patches, bool testTimeAugmentation, CancellationToken cancel) =>
        setup.Outputs(network).Of(patches, TaskSetup.EvaluationBatch, testTimeAugmentation, numbers => numbers, cancel);

    /// <summary>An answer in the units of the targets.</summary>
    private double[] Numbers(float[] answer) => [.. answer.Select((number, target) => (number * targets[target].StandardDeviation) + targets[target].Mean)];

    private string Caption(int patch, double[] numbers) => $"{setup.Dataset.Catalog[patch].LocationId}: " + string.Join(", ", targets.Select((target, index) =>
        string.Create(CultureInfo.InvariantCulture, $"{target.Name} {Values(patch)[index]:0.00}, predicted {numbers[index]:0.00}")));

    private double[] Values(int patch) => [.. setup.Dataset.Catalog[patch].Targets.Select(target => target.Value)];

    /// <summary>Mean and deviation over the training patches; 1 where nothing varies.</summary>
    private ModelTarget Target(string name, int index)
    {
        double[] values = [.. setup.Split.Train.Select(patch => Values(patch)[index])];
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        return new ModelTarget(name, Mean: mean, StandardDeviation: deviation > 0 ? deviation : 1);
    }
}
