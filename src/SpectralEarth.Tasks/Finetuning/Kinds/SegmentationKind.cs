using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Reports;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Finetuning.Losses;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>A class for each pixel.</summary>
internal sealed class SegmentationKind(TaskSetup setup, ClassTable classes) : ITaskKind
{
    private readonly TrainingViews views = setup.Views();
    private ClassLoss? loss;    // made when something is trained

    /// <inheritdoc/>
    public IReadOnlyList<string> Course { get; } = ["overall_accuracy", "macro_f1", "mean_iou"];

    /// <inheritdoc/>
    public ModelDescription Describe(ModelDescription common) => common with
    {
        Architecture = ModelDescription.SegmentationArchitecture,
        Segmentation = new SegmentationConfig
        {
            Encoder = common.Encoder,
            Classes = classes.Count,
            Decoder = setup.Recipe.Decoder,
            DecoderWidth = setup.Recipe.DecoderWidth,
        },
        EncoderOnly = null,
        Classes = [.. classes],
    };

    /// <inheritdoc/>
    public TaskModel Build(ModelDescription description, long seed) => new SegmentationModel(description.Segmentation!, seed);

    /// <inheritdoc/>
    public void Prepare(TaskModel network)
    {
        if (setup.Recipe.SpectralProbe && setup.Recipe.Decoder == SegmentationDecoder.Fusion)
            SpectralProbe.Fit((SegmentationModel)network, setup.Dataset, setup.Split.Train, classes, setup.Normalization, setup.Device);
    }

    /// <inheritdoc/>
    public Tensor Loss(TaskModel network, PatchBatch batch, long step)
    {
        var reference = LabelCensus.Reference(batch.Labels, batch.Validity, classes);
        var (images, labels) = views.WithRaster(batch, reference, step);
        loss ??= new ClassLoss(setup.Recipe.Loss, setup.Census.Total(setup.Split.Train), setup.Device);
        return loss.Of(network.forward(images), labels.to_type(ScalarType.Int64));
    }

    /// <inheritdoc/>
    public IScoreStore Predict(TaskModel network, IReadOnlyList<int> patches, bool testTimeAugmentation, CancellationToken cancel) =>
        new PatchScoring(setup.Dataset, patches, classes, TaskSetup.EvaluationBatch, setup.Recipe.LoaderThreads, setup.Progress)
            .Score(setup.Classifier(network, testTimeAugmentation), cancel);

    /// <inheritdoc/>
    public (string Name, IScoreStore Store) Constant(IScoreStore test)
    {
        var majority = setup.Census.MostFrequent(setup.Split.Train);
        return (classes[majority].Name, ((ConfusionStore)test).IfAlways(majority));
    }

    /// <inheritdoc/>
    public void WriteTest(string folder, IScoreStore test) =>
        ScoreFiles.WriteCsv(Path.Combine(folder, ScoreFiles.ConfusionName), ((ConfusionStore)test).Total, classes);

    /// <inheritdoc/>
    public void AddScored(ReportPage page, IScoreStore scored, string part)
    {
        var matrix = ((ConfusionStore)scored).Total;
        ClassSections.AddScores(page, ConfusionScores.Of(matrix, classes).PerClass, classes, "Labelled", "Predicted", part);
        ClassSections.AddConfusion(page, matrix, classes, part, "pixels");
        if (((ConfusionStore)scored).Spectra is { } spectra)
            SpectraOfOutcomes.AddTo(page, spectra, matrix, classes, setup.Dataset.Manifest);
    }

    /// <inheritdoc/>
    public void AddLabels(ReportPage page, SplitSummary split) => ClassSections.AddLabels(page, split, classes, "pixels");

    /// <inheritdoc/>
    public void AddExamples(ReportPage page, TaskModel network, IReadOnlyList<int> patches) =>
        FinetuneExamples.AddTo(page, setup, classes, setup.Classifier(network, setup.Recipe.TestTimeAugmentation), patches);

    /// <inheritdoc/>
    public void Dispose() => loss?.Dispose();
}
