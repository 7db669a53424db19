using SpectralEarth.Models;

namespace SpectralEarth.Checkpoints;

/// <summary>Bands and normalisation that imported weights are used with.</summary>
/// <param name="Numbers">1-based band numbers, in channel order.</param>
/// <param name="WavelengthsNm">Centre wavelengths, nm.</param>
/// <param name="Mean">Means, digital numbers.</param>
/// <param name="StandardDeviation">Standard deviations, digital numbers.</param>
/// <param name="NoData">Digital number of pixels without data.</param>
/// <param name="PixelSizeM">Side of a pixel, m.</param>
public sealed record InputBands(
    IReadOnlyList<int> Numbers, IReadOnlyList<double> WavelengthsNm, IReadOnlyList<double> Mean, IReadOnlyList<double> StandardDeviation,
    short NoData, double PixelSizeM);

/// <summary>Choices of one import.</summary>
public sealed record WeightImportOptions
{
    /// <summary>Bands of files that do not describe themselves, and the aim of <see cref="AdaptBands"/>.</summary>
    public required InputBands Bands { get; init; }

    /// <summary>Which of two encoders of a MoCo or DINO checkpoint: <see cref="WeightPart.Encoder"/> or <see cref="WeightPart.MomentumEncoder"/>.</summary>
    public WeightPart Part { get; init; } = WeightPart.Encoder;

    /// <summary>Shape and decoder of the model; null infers them from the shapes of the weights. Bands and image size are those of the file.</summary>
    public MaeConfig? Model { get; init; }

    /// <summary>Name of the recipe or model that <see cref="Model"/> comes from, for the record.</summary>
    public string? ModelName { get; init; }

    /// <summary>Side of the images that the result takes, pixels; null keeps the file's.</summary>
    public int? PatchSize { get; init; }

    /// <summary>Whether positions may be interpolated to <see cref="PatchSize"/>.</summary>
    public bool InterpolatePositions { get; init; }

    /// <summary>Whether weights made for other bands may be adapted to <see cref="Bands"/>.</summary>
    public bool AdaptBands { get; init; }
}

/// <summary>What an import did.</summary>
public sealed record WeightImportReport
{
    /// <summary>File that was read.</summary>
    public required string Source { get; init; }

    /// <summary>Weights written.</summary>
    public required string Path { get; init; }

    /// <summary>What the result is.</summary>
    public required ModelDescription Description { get; init; }

    /// <summary>Keys of the model that were found.</summary>
    public required IReadOnlyList<string> Matched { get; init; }

    /// <summary>Keys of the model that the file lacks; counters only, anything else is refused.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Tensors of the file that the model has no use for, by part.</summary>
    public required IReadOnlyDictionary<WeightPart, IReadOnlyList<string>> LeftOver { get; init; }

    /// <summary>What was interpolated, adapted or taken for granted, in words.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
