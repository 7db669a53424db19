using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Mapping;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks;

/// <summary>A fine-tuned network with all that belongs to it, ready to classify windows.</summary>
public sealed class TrainedSegmentation : IDisposable
{
    private readonly SegmentationModel model;
    private readonly BandNormalization normalization;
    private readonly Device device;

    private TrainedSegmentation(ModelDescription description, string path, SegmentationModel model, Device device)
    {
        (Description, Path, this.model, this.device) = (description, path, model, device);
        normalization = description.Normalization(device);
        TestedWithAugmentation = CheckpointFile.RecipeOf(path) is not { } recipe || RecipeFile.Read<FinetuneRecipe>(recipe).TestTimeAugmentation;
        Classes = ClassTable.Of(description);
    }

    /// <summary>Bands, statistics, classes and shape of the network.</summary>
    public ModelDescription Description { get; }

    /// <summary>File of the weights.</summary>
    public string Path { get; }

    /// <summary>
    /// Whether the run that made the network averaged its test over the eight flips and rotations, by the run's recipe.yaml; true of a file
    /// outside a run folder, as is the recipes' default.
    /// </summary>
    public bool TestedWithAugmentation { get; }

    /// <summary>What a person should know about the bands of the scene that the network was opened for, or null.</summary>
    internal string? BandWarning { get; private init; }

    /// <summary>Classes in the order of the network's channels.</summary>
    public ClassTable Classes { get; }

    /// <summary>Loads a fine-tuned network.</summary>
    /// <param name="runOrFile">Run folder of a fine-tuning, or a .safetensors file.</param>
    /// <param name="device">Where to put the network; the processor if null.</param>
    /// <param name="scene">Bands of the scene to map, among which the network's must be; null to keep those that it was trained on.</param>
    /// <exception cref="CheckpointException">There is no checkpoint, it is damaged, not of a segmentation network, or its keys do not fit.</exception>
    /// <exception cref="BandMismatchException">The scene has other bands.</exception>
    public static TrainedSegmentation Open(string runOrFile, Device? device = null, BandTable? scene = null)
    {
        using var checkpoint = Checkpoint.Open(runOrFile);
        var description = checkpoint.Description;
        if (description.Segmentation is null)
        {
            throw new CheckpointException(
                $"{checkpoint.Path}: this is a checkpoint of architecture \"{description.Architecture}\", but \"{ModelDescription.SegmentationArchitecture}\" is needed. " +
                "Use a run of finetune for such a task" + (description.IsTask ? ", or let this one answer for the patches of a data set: evaluate --data --out." : "."));
        }

        var (fitted, warning) = scene is null ? (description, null) : BandMatch.Fit(description, scene, "scene");
        var model = new SegmentationModel(fitted.Segmentation!);
        checkpoint.LoadAllInto(model);
        return new TrainedSegmentation(fitted, checkpoint.Path, (SegmentationModel)model.to(device ?? CPU), device ?? CPU) { BandWarning = warning };
    }

    /// <summary>A classifier that uses this network; valid until this object is disposed.</summary>
    /// <param name="testTimeAugmentation">Whether to average over the eight flips and rotations (eight times the work).</param>
    public IWindowClassifier Classifier(bool testTimeAugmentation) =>
        new NetworkClassifier(model, normalization, Description.NoData, device, testTimeAugmentation, Path);

    /// <inheritdoc/>
    public void Dispose()
    {
        normalization.Dispose();
        model.Dispose();
    }
}
