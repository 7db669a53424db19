namespace SpectralEarth.Tasks.Metrics;

/// <summary>Scores of one class; null where the class has no pixels to define the score.</summary>
public sealed record ClassScore
{
    /// <summary>Code in label rasters and maps.</summary>
    public required int Code { get; init; }
    /// <summary>Name of the class.</summary>
    public required string Name { get; init; }
    /// <summary>Pixels of the class in the reference.</summary>
    public required long ReferencePixels { get; init; }
    /// <summary>Pixels predicted as the class.</summary>
    public required long PredictedPixels { get; init; }
    /// <summary>Share of the predicted pixels that are right (user's accuracy); null if none was predicted.</summary>
    public required double? Precision { get; init; }
    /// <summary>Share of the reference pixels that were found (producer's accuracy); null if there are none.</summary>
    public required double? Recall { get; init; }
    /// <summary>2 TP / (2 TP + FP + FN); null if the class is neither in the reference nor predicted.</summary>
    public required double? F1 { get; init; }
    /// <summary>TP / (TP + FP + FN); null if the class is neither in the reference nor predicted.</summary>
    public required double? Iou { get; init; }
}
