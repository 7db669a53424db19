namespace SpectralEarth.Spectra;

/// <summary>Settings of the published fine-tuning that differ between tasks.</summary>
public sealed record TaskTraining
{
    /// <summary>Patches per step on one GPU.</summary>
    public required int BatchSizePerGpu { get; init; }
    /// <summary>Epochs.</summary>
    public required int Epochs { get; init; }
    /// <summary>Learning rate.</summary>
    public required double LearningRate { get; init; }
    /// <summary>Weight decay.</summary>
    public required double WeightDecay { get; init; }
    /// <summary>Smallest and largest area of a crop, shares.</summary>
    public required IReadOnlyList<double> CropScale { get; init; }
}
