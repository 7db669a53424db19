using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints.Exporting;

/// <summary>A trained model on its way out.</summary>
/// <param name="Description">What the exported part is.</param>
/// <param name="Tensors">Weights under their exported names, in the exported type.</param>
/// <param name="Records">What the run left beside its checkpoint.</param>
/// <param name="Options">Choices of the export.</param>
internal sealed record ExportedModel(
    ModelDescription Description, IReadOnlyDictionary<string, Tensor> Tensors, RunRecords Records, ExportOptions Options)
{
    /// <summary>Trained and tracked numbers, counters left out.</summary>
    internal long Parameters => Tensors.Values.Where(tensor => tensor.is_floating_point()).Sum(tensor => tensor.NumberOfElements);

    /// <summary>Metadata of the weights file.</summary>
    internal IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string>
    {
        ["format"] = "pt",
        [ModelDescription.MetadataKey] = Description.ToJson(),
    };
}
