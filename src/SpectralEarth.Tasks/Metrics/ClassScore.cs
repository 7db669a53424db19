using SpectralEarth.Spectra;

namespace SpectralEarth.Tasks.Metrics;

/// <summary>Scores of one class; null where the class has no pixels (of a task about patches: no patches) to define the score.</summary>
public sealed record ClassScore
{
    /// <summary>The scores that counts give.</summary>
    /// <param name="named">Class.</param>
    /// <param name="right">Pixels that are of the class and predicted as it, TP.</param>
    /// <param name="reference">Pixels of the class.</param>
    /// <param name="predicted">Pixels predicted as the class.</param>
    internal static ClassScore Of(LabelClass named, long right, long reference, long predicted) => new()
    {
        Code = named.Code,
        Name = named.Name,
        ReferencePixels = reference,
        PredictedPixels = predicted,
        Precision = Share(right, predicted),
        Recall = Share(right, reference),
        F1 = Share(2 * right, reference + predicted),
        Iou = Share(right, reference + predicted - right),
    };

    /// <summary>
    /// The same in the means over the classes of a whole that this is a draw from: a class that the whole maps without a label counts as 0 in
    /// every draw, one whose labels only the draw lacks has neither F1 nor IoU.
    /// </summary>
    /// <param name="reference">Pixels of the class in the whole.</param>
    /// <param name="predicted">Pixels predicted as the class in the whole.</param>
    internal ClassScore InDrawOf(long reference, long predicted) => reference switch
    {
        0 when predicted > 0 => this with { F1 = F1 ?? 0, Iou = Iou ?? 0 },
        > 0 when ReferencePixels == 0 => this with { F1 = null, Iou = null },
        _ => this,
    };

    private static double? Share(long part, long whole) => whole == 0 ? null : (double)part / whole;

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
