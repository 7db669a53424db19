using SpectralEarth.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Checkpoints;

/// <summary>The network that a description speaks of, whatever its architecture.</summary>
internal sealed class DescribedModel : IDisposable
{
    /// <summary>Beginning of the encoder's keys in <see cref="Weights"/>.</summary>
    internal const string EncoderPrefix = "encoder.";

    private readonly Module module;

    /// <summary>Builds the network with its first weights.</summary>
    internal DescribedModel(ModelDescription description)
    {
        Description = description;
        module = description switch
        {
            { Mae: { } mae } => new MaskedAutoencoder(mae),
            { Segmentation: { } segmentation } => new SegmentationModel(segmentation),
            { Classification: { } classification } => new ClassificationModel(classification),
            { Regression: { } regression } => new RegressionModel(regression),
            _ => Encoder.Create(description.Encoder),
        };
        var prefix = module is Encoder ? EncoderPrefix : "";
        Weights = module.state_dict().ToDictionary(pair => prefix + pair.Key, pair => pair.Value);
    }

    /// <summary>What the network is.</summary>
    internal ModelDescription Description { get; }

    /// <summary>The network's own parameters and buffers: <c>encoder.*</c> and, except of an encoder alone, <c>decoder.*</c> or <c>head.*</c>.</summary>
    internal IReadOnlyDictionary<string, Tensor> Weights { get; }

    /// <summary>Loads a checkpoint of this program, its checksum verified first.</summary>
    /// <exception cref="CheckpointException">It is unreadable or damaged, or does not hold exactly the network it describes; beside an encoder alone there may be other parts.</exception>
    internal static DescribedModel Load(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        var model = new DescribedModel(checkpoint.Description);
        try
        {
            // A run of an objective that describes its encoder only keeps its other parts beside it.
            if (model.module is Encoder encoder)
                checkpoint.LoadInto(encoder);
            else
                checkpoint.LoadAllInto(model.module);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => module.Dispose();
}
