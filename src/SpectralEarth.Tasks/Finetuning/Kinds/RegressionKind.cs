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
internal sealed class RegressionKind : IPatchKind
{
    private readonly TrainingViews views;
    private readonly IReadOnlyList<ModelTarget> targets;
    private readonly LossForm form;

    /// <param name="setup">Data, recipe and split.</param>
    /// <param name="targets">Targets of a trained network; null takes mean and deviation of the training patches.</param>
    public RegressionKind(TaskSetup setup, IReadOnlyList<ModelTarget>? targets)
    {
        (Setup, views, form) = (setup.RequireWholePatches(), setup.Views(), setup.Recipe.Loss.Form ?? LossForm.SquaredError);
        this.targets = targets ?? [.. setup.Dataset.Manifest.Targets.Select(Target)];
    }

    /// <inheritdoc/>
    public TaskSetup Setup { get; }

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
    public TaskModel Build(ModelDescription description, long seed) => new RegressionModel(description.Regression!, seed);

    /// <inheritdoc/>
    public Tensor Loss(TaskModel network, PatchBatch batch, long step)
    {
        using var random = new Generator((ulong)Dropout(step, batch.FirstSample).NextSeed());
        var (images, _) = views.Of(batch, step);
        float[] truth = [.. batch.Indices.SelectMany(Truth).Select(number => (float)number)];
        var predicted = ((RegressionModel)network).ForwardTraining(images, random);
        return NumberLoss.Of(form, predicted, tensor(truth, [batch.Indices.Length, targets.Count], device: Setup.Device));
    }

    /// <inheritdoc/>
    public double[] Truth(int patch) => [.. Values(patch).Select((value, target) => (value - targets[target].Mean) / targets[target].StandardDeviation)];

    /// <inheritdoc/>
    public Tensor Answer(Tensor outputs) => outputs;

    /// <inheritdoc/>
    public IScoreStore Score(IEnumerable<(int Patch, float[] Answer)> answers)
    {
        var store = new RegressionStore(Setup.Dataset.Manifest.Targets);
        foreach (var (patch, answer) in answers)
            store.Add(Numbers(answer), Values(patch));
        return store;
    }

    /// <inheritdoc/>
    public string Caption(int patch, float[] answer)
    {
        var (measured, predicted) = (Values(patch), Numbers(answer));
        return $"{Setup.Dataset.Catalog[patch].LocationId}: " + string.Join(", ", targets.Select((target, index) =>
            string.Create(CultureInfo.InvariantCulture, $"{target.Name} {measured[index]:0.00}, predicted {predicted[index]:0.00}")));
    }

    /// <inheritdoc/>
    public (string Name, IScoreStore Store) Constant(IScoreStore test) =>
        ("the means of training", ((RegressionStore)test).IfAlways([.. targets.Select(target => target.Mean)]));

    /// <inheritdoc/>
    public void AddScored(ReportPage page, IScoreStore scored, string part)
    {
        page.Heading($"Targets in the {part}").Table(
            ["Target", "RMSE", "Mean absolute error", "R²", "MSE / MSE of 0"], [.. ((RegressionScores)scored.All()!).PerTarget.Select(score => (IReadOnlyList<string>)
                [score.Name, ScoreText.Of(score.Rmse), ScoreText.Of(score.MeanAbsoluteError), ScoreText.Of(score.R2), ScoreText.Of(score.ErrorRatio)])]);
        var rows = ((RegressionStore)scored).Rows.ToArray();
        foreach (var (index, target) in targets.Index())
        {
            page.Figure(Charts.Points(target.Name, "Label", "Estimate", [.. rows.Select(row => row.Labels[index])], [.. rows.Select(row => row.Estimates[index])]),
                $"Estimates of {target.Name} over the labels of the {part}'s patches; on the dashed line they are equal.");
        }
    }

    /// <inheritdoc/>
    public void AddLabels(ReportPage page, SplitSummary split) => page.Table(["Target", "Training mean", "Training deviation"],
        [.. targets.Select(target => (IReadOnlyList<string>)[target.Name, ScoreText.Of(target.Mean), ScoreText.Of(target.StandardDeviation)])]);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>Dropped places of a part of a step; the first part draws as a step does that is not divided.</summary>
    private SeededRandom Dropout(long step, int firstSample) =>
        firstSample == 0 ? new(Setup.Recipe.Seed, "dropout", step) : new(Setup.Recipe.Seed, "dropout", step, firstSample);

    /// <summary>An answer in the units of the targets.</summary>
    private double[] Numbers(float[] answer) => [.. answer.Select((number, target) => (number * targets[target].StandardDeviation) + targets[target].Mean)];

    private double[] Values(int patch) => [.. Setup.Dataset.Catalog[patch].Targets.Select(target => target.Value)];

    /// <summary>Mean and deviation over the training patches; 1 where nothing varies.</summary>
    private ModelTarget Target(string name, int index)
    {
        double[] values = [.. Setup.Split.Train.Select(patch => Values(patch)[index])];
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        return new ModelTarget(name, Mean: mean, StandardDeviation: deviation > 0 ? deviation : 1);
    }
}
