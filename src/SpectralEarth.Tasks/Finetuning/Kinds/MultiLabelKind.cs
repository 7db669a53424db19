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
internal sealed class MultiLabelKind : IPatchKind, ITaskReport
{
    private const int ShownPatches = 12;

    private readonly TaskSetup setup;
    private readonly ClassTable classes;
    private readonly TrainingViews views;
    private SetLoss? loss;    // made when something is trained

    public MultiLabelKind(TaskSetup setup, ClassTable classes) =>
        (this.setup, this.classes, views) = (setup.RequireWholePatches(), classes, setup.Views());

    /// <inheritdoc/>
    public ITaskReport Report => this;

    /// <inheritdoc/>
    public IReadOnlyList<string> Course { get; } = ["macro_average_precision", "macro_f1", "micro_f1"];

    /// <inheritdoc/>
    public ModelDescription Describe(ModelDescription common) => common with
    {
        Architecture = ModelDescription.ClassificationArchitecture,
        Classification = new ClassificationConfig { Encoder = common.Encoder, Classes = classes.Count, MultiLabel = true },
        EncoderOnly = null,
        Classes = [.. classes.Select(item => new ModelClass(item.Code, item.Name, item.Color))],
    };

    /// <inheritdoc/>
    public TaskNetwork Build(ModelDescription description, long seed)
    {
        var network = new ClassificationModel(description.Classification!, seed);
        return new TaskNetwork(network, network.Encoder);
    }

    /// <inheritdoc/>
    public void Prepare(TaskNetwork network)
    {
    }

    /// <inheritdoc/>
    public Tensor Loss(TaskNetwork network, PatchBatch batch, long step)
    {
        var (images, _) = views.Of(batch, step);
        float[] present = [.. batch.Indices.SelectMany(Truth).Select(there => (float)there)];
        loss ??= new SetLoss(setup.Recipe.Loss, setup.Census.Total(setup.Split.Train), setup.Split.Train.Count, setup.Device);
        return loss.Of(network.Module.forward(images), tensor(present, [batch.Indices.Length, classes.Count], device: setup.Device));
    }

    /// <inheritdoc/>
    public IScoreStore Predict(TaskNetwork network, IReadOnlyList<int> patches, bool testTimeAugmentation, CancellationToken cancel) =>
        Score(Answers(network, patches, testTimeAugmentation, cancel));

    /// <inheritdoc/>
    public double[] Truth(int patch) => [.. setup.Census[patch].Select(count => count > 0 ? 1.0 : 0)];

    /// <inheritdoc/>
    public IScoreStore Score(IEnumerable<(int Patch, float[] Answer)> answers)
    {
        var store = new MultiLabelStore(classes);
        foreach (var (patch, probabilities) in answers)
            store.Add(probabilities, [.. setup.Census[patch].Select(count => count > 0)]);
        return store;
    }

    /// <inheritdoc/>
    public (string Name, IScoreStore Store) Constant(IScoreStore test)
    {
        var train = setup.Split.Train;
        return ("the class frequencies of training", ((MultiLabelStore)test).IfAlways([.. setup.Census.Total(train).Select(count => count / (float)train.Count)]));
    }

    /// <inheritdoc/>
    public void WriteTest(string folder, IScoreStore test)
    {
    }

    /// <inheritdoc/>
    public void AddScored(ReportPage page, IScoreStore scored, string part)
    {
        var scores = (MultiLabelScores)scored.All()!;
        ClassSections.AddScores(page, scores.PerClass, classes, "Present", "Predicted", part);
        page.Figure(Charts.Bars("Average precision per class", "average precision",
            [.. classes.Select((item, index) => new ChartBar(item.Name, scores.AveragePrecisions[index] ?? 0, Rgb.Parse(item.Color)))]), $"Average precision of each class in the {part}.");
    }

    /// <inheritdoc/>
    public void AddLabels(ReportPage page, SplitSummary split) => ClassSections.AddLabels(page, split, classes, "patches");

    /// <inheritdoc/>
    public void AddExamples(ReportPage page, TaskNetwork network, IReadOnlyList<int> patches) =>
        AddExamples(page, Answers(network, [.. patches.Take(ShownPatches)], setup.Recipe.TestTimeAugmentation, CancellationToken.None));

    /// <inheritdoc/>
    public void AddExamples(ReportPage page, IEnumerable<(int Patch, float[] Answer)> answers) =>
        page.Gallery([.. answers.Take(ShownPatches).Select(item => (PatchPicture.Of(setup.Dataset, item.Patch), Caption(item.Patch, item.Answer)))]);

    /// <inheritdoc/>
    public void Dispose() => loss?.Dispose();

    private IEnumerable<(int Patch, float[] Answer)> Answers(TaskNetwork network, IReadOnlyList<int> patches, bool testTimeAugmentation, CancellationToken cancel) =>
        setup.Outputs(network).Of(patches, TaskSetup.EvaluationBatch, testTimeAugmentation, logits => logits.sigmoid(), cancel);

    private string Caption(int patch, float[] probabilities)
    {
        var there = Names(label => setup.Census[patch][label] > 0);
        var found = string.Join(", ", Enumerable.Range(0, classes.Count).Where(label => probabilities[label] >= MultiLabelStore.Threshold)
            .Select(label => string.Create(CultureInfo.InvariantCulture, $"{classes[label].Name} {probabilities[label]:0.00}")));
        return $"{setup.Dataset.Catalog[patch].LocationId}: {there}. Predicted: {(found.Length > 0 ? found : "none")}";
    }

    private string Names(Func<int, bool> has) => string.Join(", ", Enumerable.Range(0, classes.Count).Where(has).Select(label => classes[label].Name)) is { Length: > 0 } names ? names : "none of the classes";
}
