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
internal sealed class SegmentationKind : ITaskKind
{
    private readonly TaskSetup setup;
    private readonly ClassTable classes;
    private readonly TrainingViews views;
    private PixelLoss? loss;    // made when something is trained
    private readonly SegmentationReport maps;

    public SegmentationKind(TaskSetup setup, ClassTable classes)
    {
        (this.setup, this.classes, views) = (setup, classes, setup.Views());
        maps = new SegmentationReport(setup.Dataset, classes, setup.Census);
    }

    /// <inheritdoc/>
    public ITaskReport Report => maps;

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
    public TaskNetwork Build(ModelDescription description, long seed)
    {
        var network = new SegmentationModel(description.Segmentation!, seed);
        return new TaskNetwork(network, network.Encoder);
    }

    /// <inheritdoc/>
    public void Prepare(TaskNetwork network)
    {
        if (setup.Recipe.SpectralProbe && setup.Recipe.Decoder == SegmentationDecoder.Fusion)
            SpectralProbe.Fit((SegmentationModel)network.Module, setup.Dataset, setup.Split.Train, classes, setup.Normalization, setup.Device);
    }

    /// <inheritdoc/>
    public Tensor Loss(TaskNetwork network, PatchBatch batch, long step)
    {
        var reference = LabelCensus.Reference(batch.Labels, batch.Validity, classes);
        var (images, labels) = views.WithRaster(batch, reference, step);
        loss ??= new PixelLoss(setup.Recipe.Loss, setup.Census.Total(setup.Split.Train), setup.Device);
        return loss.Of(network.Module.forward(images), labels.to_type(ScalarType.Int64));
    }

    /// <inheritdoc/>
    public IScoreStore Predict(TaskNetwork network, IReadOnlyList<int> patches, bool testTimeAugmentation, CancellationToken cancel) =>
        new PatchScoring(setup.Dataset, patches, classes, TaskSetup.EvaluationBatch, setup.Recipe.LoaderThreads, setup.Progress)
            .Score(setup.Classifier(network, testTimeAugmentation), cancel);

    /// <inheritdoc/>
    public (string Name, IScoreStore Store) Constant(IScoreStore test)
    {
        var trained = setup.Census.Total(setup.Split.Train);
        var majority = Array.IndexOf(trained, trained.Max());
        return (classes[majority].Name, ((ConfusionStore)test).IfAlways(majority));
    }

    /// <inheritdoc/>
    public void WriteTest(string folder, IScoreStore test) =>
        ScoreFiles.WriteCsv(Path.Combine(folder, ScoreFiles.ConfusionName), ((ConfusionStore)test).Total, classes);

    /// <inheritdoc/>
    public void AddExamples(ReportPage page, TaskNetwork network, IReadOnlyList<int> patches) =>
        maps.AddMaps(page, setup.Classifier(network, setup.Recipe.TestTimeAugmentation), patches);

    /// <inheritdoc/>
    public void Dispose() => loss?.Dispose();
}
