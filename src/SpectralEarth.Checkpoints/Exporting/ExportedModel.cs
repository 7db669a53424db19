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

/// <summary>Writes a model in one form.</summary>
internal interface IExportFormat
{
    /// <summary>Ends of the names of its files, the usual one first; none for a folder.</summary>
    IReadOnlyList<string> Endings { get; }

    /// <summary>Writes <paramref name="model"/> to a file or folder.</summary>
    /// <returns>Files written.</returns>
    /// <exception cref="IOException">The target cannot be written to, or the disk is full.</exception>
    IReadOnlyList<string> Write(ExportedModel model, string target);
}

/// <summary>One safetensors file.</summary>
internal sealed class SafeTensorsExport : IExportFormat
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Endings => [".safetensors"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Write(ExportedModel model, string target)
    {
        SafeTensorsFile.Write(target, model.Tensors, model.Metadata);
        return [target];
    }
}

/// <summary>One file of <c>torch.save</c>'s form.</summary>
internal sealed class PyTorchExport : IExportFormat
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Endings => [".pth", ".pt", ".bin"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Write(ExportedModel model, string target)
    {
        PyTorchFile.Write(target, model.Tensors, model.Metadata);
        return [target];
    }
}
