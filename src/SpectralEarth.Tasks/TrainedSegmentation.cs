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

    /// <summary>Classes in the order of the network's channels.</summary>
    public ClassTable Classes { get; }

    /// <summary>Loads a fine-tuned network.</summary>
    /// <param name="runOrFile">Run folder of a fine-tuning, or a .safetensors file.</param>
    /// <param name="device">Where to put the network; the processor if null.</param>
    /// <param name="scene">Bands of the scene to map, to whose wavelengths a network that knows wavelengths is fitted; null for those it was trained on.</param>
    /// <exception cref="CheckpointException">There is no checkpoint, it is not of a segmentation network, or its keys do not fit.</exception>
    public static TrainedSegmentation Open(string runOrFile, Device? device = null, BandTable? scene = null)
    {
        var path = CheckpointFile.Resolve(runOrFile);
        using var file = SafeTensorsFile.Open(path);
        var description = CheckpointFile.Describe(file, ModelDescription.SegmentationArchitecture);
        if (scene is not null && description.Encoder.Adapter == AdapterForm.Full && description.Bands.All(scene.Numbers.Contains))
            description = description.At(scene.Select(description.Bands).WavelengthsNm);
        var model = new SegmentationModel(description.Segmentation!);
        WeightLoader.Load(model, file, CheckpointFile.ModelPrefix);
        return new TrainedSegmentation(description, path, (SegmentationModel)model.to(device ?? CPU), device ?? CPU);
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
