using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Tasks.Features;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Training;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>What a run has settled before its kind of task comes in.</summary>
internal sealed record TaskSetup
{
    /// <summary>Patches predicted together.</summary>
    public const int EvaluationBatch = 16;

    /// <summary>Data set with labels.</summary>
    public required Dataset Dataset { get; init; }
    /// <summary>Valid recipe.</summary>
    public required FinetuneRecipe Recipe { get; init; }
    /// <summary>What is labelled.</summary>
    public required LabelCensus Census { get; init; }
    /// <summary>Training, validation, test.</summary>
    public required LabelledSplit Split { get; init; }
    /// <summary>Statistics of the checkpoint, on <see cref="Device"/>.</summary>
    public required BandNormalization Normalization { get; init; }
    /// <summary>Where the network is.</summary>
    public required Device Device { get; init; }
    /// <summary>Side of the encoder's windows, pixels.</summary>
    public required int WindowSize { get; init; }
    /// <summary>Run or file that the network is of, for messages; empty where there is none.</summary>
    public string NetworkPath { get; init; } = "";

    /// <summary>Told the share of the patches that a prediction has done, 0 to 1.</summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>A classifier of windows that uses a segmentation network.</summary>
    public IWindowClassifier Classifier(TaskModel network, bool testTimeAugmentation) =>
        new NetworkClassifier((SegmentationModel)network, Normalization, Dataset.Manifest.NoData, Device, testTimeAugmentation, NetworkPath);

    /// <summary>Outputs of a network that answers for whole patches.</summary>
    public PatchOutputs Outputs(TaskModel network) =>
        new(Dataset, network, Normalization, Device, Recipe.LoaderThreads, NetworkPath) { Progress = Progress };

    /// <summary>This setup, if patches have the size of the encoder's windows: the labels of a patch hold for all of it.</summary>
    /// <exception cref="LabelException">They are larger.</exception>
    public TaskSetup RequireWholePatches() => WindowSize == Dataset.Manifest.PatchSize
        ? this
        : throw new LabelException($"{Dataset.Path}: patches have {Dataset.Manifest.PatchSize} pixels, but the encoder sees windows of {WindowSize}. What a patch is labelled with need not be in each window: tile or import with --patch-size {WindowSize}, or use another checkpoint.");

    /// <summary>Training images: whole patches, or random windows of larger ones.</summary>
    public TrainingViews Views()
    {
        int? crop = WindowSize < Dataset.Manifest.PatchSize ? WindowSize : null;
        return new TrainingViews(Recipe.Augmentation, crop, Recipe.Seed, Normalization, Dataset.Manifest.NoData, Device);
    }
}
