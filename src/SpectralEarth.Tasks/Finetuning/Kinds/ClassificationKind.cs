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

/// <summary>The class that covers most of the labelled pixels of a patch.</summary>
internal sealed class ClassificationKind : IPatchKind
{
    private readonly ClassTable classes;
    private readonly TrainingViews views;
    private ClassLoss? loss;    // made when something is trained

    public ClassificationKind(TaskSetup setup, ClassTable classes) =>
        (Setup, this.classes, views) = (setup.RequireWholePatches(), classes, setup.Views());

    /// <inheritdoc/>
    public TaskSetup Setup { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Course { get; } = ["overall_accuracy", "macro_f1", "mean_iou"];

    /// <inheritdoc/>
    public ModelDescription Describe(ModelDescription common) => common with
    {
        Architecture = ModelDescription.ClassificationArchitecture,
        Classification = new ClassificationConfig { Encoder = common.Encoder, Classes = classes.Count },
        EncoderOnly = null,
        Classes = [.. classes],
    };

    /// <inheritdoc/>
    public TaskModel Build(ModelDescription description, long seed) => new ClassificationModel(description.Classification!, seed);

    /// <inheritdoc/>
    public Tensor Loss(TaskModel network, PatchBatch batch, long step)
    {
        var (images, _) = views.Of(batch, step);
        long[] labels = [.. batch.Indices.Select(patch => (long)Label(patch))];
        loss ??= new ClassLoss(Setup.Recipe.Loss, Setup.Census.Total(Setup.Split.Train), Setup.Device);
        return loss.Of(network.forward(images), tensor(labels, device: Setup.Device));
    }

    /// <inheritdoc/>
    public double[] Truth(int patch) => [.. Setup.Census[patch].Select(count => (double)count)];

    /// <inheritdoc/>
    public Tensor Answer(Tensor outputs) => outputs.softmax(1);

    /// <inheritdoc/>
    public IScoreStore Score(IEnumerable<(int Patch, float[] Answer)> answers)
    {
        var store = new ClassificationStore(classes);
        foreach (var (patch, probabilities) in answers)
            store.Add(probabilities, Label(patch));
        return store;
    }

    /// <inheritdoc/>
    public string Caption(int patch, float[] answer)
    {
        var found = ClassificationStore.MostProbable(answer);
        return string.Create(CultureInfo.InvariantCulture, $"{Setup.Dataset.Catalog[patch].LocationId}: {classes[Label(patch)].Name}. Predicted: {classes[found].Name} {answer[found]:0.00}");
    }

    /// <inheritdoc/>
    public (string Name, IScoreStore Store) Constant(IScoreStore test)
    {
        var majority = Setup.Census.MostFrequent(Setup.Split.Train);
        return (classes[majority].Name, ((ClassificationStore)test).Confusion.IfAlways(majority));
    }

    /// <inheritdoc/>
    public void WriteTest(string folder, IScoreStore test) =>
        ScoreFiles.WriteCsv(Path.Combine(folder, ScoreFiles.ConfusionName), ((ClassificationStore)test).Confusion.Total, classes);

    /// <inheritdoc/>
    public void AddScored(ReportPage page, IScoreStore scored, string part)
    {
        var matrix = ((ClassificationStore)scored).Confusion.Total;
        ClassSections.AddScores(page, ConfusionScores.Of(matrix, classes).PerClass, classes, "Labelled", "Predicted", part);
        ClassSections.AddConfusion(page, matrix, classes, part, "patches");
    }

    /// <inheritdoc/>
    public void AddLabels(ReportPage page, SplitSummary split) => ClassSections.AddLabels(page, split, classes, "patches");

    /// <inheritdoc/>
    public void Dispose() => loss?.Dispose();

    /// <summary>Index of the class of a labelled patch.</summary>
    private int Label(int patch) => Setup.Census[patch].Index().First(item => item.Item > 0).Index;
}
