using System.Globalization;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Reports;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Finetuning.Losses;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>The set of classes that occur in a patch, whatever their area.</summary>
internal sealed class MultiLabelKind : IPatchKind
{
    private readonly ClassTable classes;
    private readonly TrainingViews views;
    private SetLoss? loss;    // made when something is trained

    public MultiLabelKind(TaskSetup setup, ClassTable classes) =>
        (Setup, this.classes, views) = (setup.RequireWholePatches(), classes, setup.Views());

    /// <inheritdoc/>
    public TaskSetup Setup { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Course { get; } = ["macro_average_precision", "macro_f1", "micro_f1"];

    /// <inheritdoc/>
    public ModelDescription Describe(ModelDescription common) => common with
    {
        Architecture = ModelDescription.ClassificationArchitecture,
        Classification = new ClassificationConfig { Encoder = common.Encoder, Classes = classes.Count, MultiLabel = true },
        EncoderOnly = null,
        Classes = [.. classes],
    };

    /// <inheritdoc/>
    public TaskModel Build(ModelDescription description, long seed) => new ClassificationModel(description.Classification!, seed);

    /// <inheritdoc/>
    public Tensor Loss(TaskModel network, PatchBatch batch, long step)
    {
        var (images, _) = views.Of(batch, step);
        float[] present = [.. batch.Indices.SelectMany(Truth).Select(there => (float)there)];
        loss ??= new SetLoss(Setup.Recipe.Loss, Setup.Census.Total(Setup.Split.Train), Setup.Split.Train.Count, Setup.Device);
        return loss.Of(network.forward(images), tensor(present, [batch.Indices.Length, classes.Count], device: Setup.Device));
    }

    /// <inheritdoc/>
    public double[] Truth(int patch) => [.. Setup.Census[patch].Select(count => count > 0 ? 1.0 : 0)];

    /// <inheritdoc/>
    public Tensor Answer(Tensor outputs) => outputs.sigmoid();

    /// <inheritdoc/>
    public IScoreStore Score(IEnumerable<(int Patch, float[] Answer)> answers)
    {
        var store = new MultiLabelStore(classes);
        foreach (var (patch, probabilities) in answers)
            store.Add(probabilities, [.. Setup.Census[patch].Select(count => count > 0)]);
        return store;
    }

    /// <inheritdoc/>
    public string Caption(int patch, float[] answer)
    {
        var there = Names(label => Setup.Census[patch][label] > 0);
        var found = string.Join(", ", Enumerable.Range(0, classes.Count).Where(label => answer[label] >= MultiLabelStore.Threshold)
            .Select(label => string.Create(CultureInfo.InvariantCulture, $"{classes[label].Name} {answer[label]:0.00}")));
        return $"{Setup.Dataset.Catalog[patch].LocationId}: {there}. Predicted: {(found.Length > 0 ? found : "none")}";
    }

    /// <inheritdoc/>
    public (string Name, IScoreStore Store) Constant(IScoreStore test)
    {
        var train = Setup.Split.Train;
        return ("the class frequencies of training", ((MultiLabelStore)test).IfAlways([.. Setup.Census.Total(train).Select(count => count / (float)train.Count)]));
    }

    /// <inheritdoc/>
    public void AddScored(ReportPage page, IScoreStore scored, string part)
    {
        var scores = (MultiLabelScores)scored.All()!;
        ClassSections.AddScores(page, scores.PerClass, classes, "Present", "Predicted", part, scores.AveragePrecisions);
    }

    /// <inheritdoc/>
    public void AddLabels(ReportPage page, SplitSummary split) => ClassSections.AddLabels(page, split, classes, "patches");

    /// <inheritdoc/>
    public void Dispose() => loss?.Dispose();

    private string Names(Func<int, bool> has) => string.Join(", ", Enumerable.Range(0, classes.Count).Where(has).Select(label => classes[label].Name)) is { Length: > 0 } names ? names : "none of the classes";
}
