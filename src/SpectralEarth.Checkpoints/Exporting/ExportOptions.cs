namespace SpectralEarth.Checkpoints;

/// <summary>Form of exported weights.</summary>
public enum ExportFormat
{
    /// <summary>One safetensors file.</summary>
    SafeTensors,

    /// <summary>One file that <c>torch.load(path, weights_only=True)</c> opens as a state dict.</summary>
    PyTorch,

    /// <summary>A folder as on the Hugging Face hub: config.json, weights, model card.</summary>
    HuggingFace,
}

/// <summary>What is exported of a model.</summary>
public enum ExportPart
{
    /// <summary>The encoder, under the reference implementation's names.</summary>
    Encoder,

    /// <summary>All weights of the model: <c>encoder.*</c> and <c>decoder.*</c>.</summary>
    Full,

    /// <summary>All weights of a network that was fine-tuned for a task; others are refused.</summary>
    Task,
}

/// <summary>Type of exported floating-point numbers; counters stay whole numbers.</summary>
public enum ExportType
{
#pragma warning disable CA1720 // PyTorch's names, which users type
    /// <summary>32 bits, as trained.</summary>
    Float32,
#pragma warning restore CA1720

    /// <summary>16 bits, IEEE half precision.</summary>
    Float16,

    /// <summary>16 bits with the range of 32.</summary>
    BFloat16,
}

/// <summary>Choices of one export.</summary>
public sealed record ExportOptions
{
    /// <summary>Form of the files.</summary>
    public ExportFormat Format { get; init; } = ExportFormat.SafeTensors;

    /// <summary>What is exported.</summary>
    public ExportPart Part { get; init; } = ExportPart.Encoder;

    /// <summary>Type of the numbers.</summary>
    public ExportType Type { get; init; } = ExportType.Float32;

    /// <summary>Licence of the weights for the model card; null if it is not decided.</summary>
    public string? License { get; init; }

    /// <summary>Most bytes in one safetensors file of a Hugging Face folder; more are spread over several with an index.</summary>
    public long MostBytesPerFile { get; init; } = 5_000_000_000;
}

/// <summary>What an export wrote.</summary>
/// <param name="Source">Checkpoint that was exported.</param>
/// <param name="Files">Files written.</param>
/// <param name="Tensors">Tensors in them.</param>
public sealed record ExportReport(string Source, IReadOnlyList<string> Files, int Tensors);
