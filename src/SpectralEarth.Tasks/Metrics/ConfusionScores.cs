using System.Text.Json.Serialization;

namespace SpectralEarth.Tasks.Metrics;

/// <summary>
/// Scores of one class for each pixel, or each patch, against the reference. <see cref="MacroF1"/> and <see cref="MeanIou"/> are means over the classes
/// that occur in the reference or in the prediction (scikit-learn's convention: a class that is predicted but absent
/// counts as 0, a class that is neither is left out); the values over all classes of the task stand beside them.
/// </summary>
public sealed record ConfusionScores : IScores
{
    /// <summary>Reference pixels counted; in a classification of patches these, here and below.</summary>
    public required long Pixels { get; init; }
    /// <summary>Share of pixels that are right.</summary>
    public required double OverallAccuracy { get; init; }
    /// <summary>Mean recall over the classes that occur in the reference.</summary>
    public required double AverageAccuracy { get; init; }
    /// <summary>Agreement beyond chance (Cohen 1960); null if only one class occurs, where it is undefined.</summary>
    public required double? Kappa { get; init; }
    /// <summary>Mean F1 over the classes that occur in the reference or in the prediction.</summary>
    public required double MacroF1 { get; init; }
    /// <summary>Mean IoU over the classes that occur in the reference or in the prediction.</summary>
    public required double MeanIou { get; init; }
    /// <summary>Mean F1 over all classes of the task; a class that does not occur counts as 0.</summary>
    public required double MacroF1AllClasses { get; init; }
    /// <summary>Mean IoU over all classes of the task; a class that does not occur counts as 0.</summary>
    public required double MeanIouAllClasses { get; init; }
    /// <summary>TP / (TP + FP + FN) over the pixels of all classes together, which the reference project reports as IoU.</summary>
    public required double MicroJaccard { get; init; }
    /// <summary>F1 over the pixels of all classes together; each pixel has one label and one prediction, so it equals the overall accuracy.</summary>
    public double MicroF1 => OverallAccuracy;
    /// <summary>Scores of each class, in class order.</summary>
    public required IReadOnlyList<ClassScore> PerClass { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public IReadOnlyList<NamedScore> Summary =>
    [
        new("overall_accuracy", "Overall accuracy", OverallAccuracy),
        new("average_accuracy", "Average accuracy", AverageAccuracy),
        new("kappa", "Kappa", Kappa),
        new("macro_f1", "Macro F1", MacroF1),
        new("mean_iou", "mIoU", MeanIou),
        new("macro_f1_all_classes", "Macro F1, all classes", MacroF1AllClasses),
        new("mean_iou_all_classes", "mIoU, all classes", MeanIouAllClasses),
        new("micro_jaccard", "Micro Jaccard", MicroJaccard),
    ];

    /// <summary>Computes all scores of a confusion matrix.</summary>
    /// <param name="matrix">Counts.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="whole">Counts that those are a draw from: a class that is mapped there without a reference counts as 0 in every draw, one whose reference only the draw lacks is left out.</param>
    /// <exception cref="ArgumentException">The matrix is empty, or has another number of classes than <paramref name="classes"/>.</exception>
    public static ConfusionScores Of(ConfusionMatrix matrix, ClassTable classes, ConfusionMatrix? whole = null)
    {
        if (matrix.Classes != classes.Count)
            throw new ArgumentException($"The matrix has {matrix.Classes} classes, the class table {classes.Count}.", nameof(classes));
        var total = matrix.Total;
        if (total == 0)
            throw new ArgumentException("No reference pixel was counted, so there is nothing to score.", nameof(matrix));
        var perClass = Enumerable.Range(0, matrix.Classes).Select(index =>
            ClassScore.Of(classes[index], matrix[index, index], matrix.ReferenceCount(index), matrix.PredictedCount(index))).ToArray();
        for (var index = 0; whole is not null && index < perClass.Length; index++)
            perClass[index] = perClass[index].InDrawOf(whole.ReferenceCount(index), whole.PredictedCount(index));
        var counted = perClass.Where((score, index) => score.ReferencePixels > 0 || whole is null || whole.ReferenceCount(index) == 0).ToArray();
        var right = Enumerable.Range(0, matrix.Classes).Sum(index => matrix[index, index]);
        return new ConfusionScores
        {
            Pixels = total,
            OverallAccuracy = (double)right / total,
            AverageAccuracy = perClass.Where(score => score.Recall is not null).Average(score => score.Recall!.Value),
            Kappa = CohensKappa(perClass, right, total),
            MacroF1 = perClass.Where(score => score.F1 is not null).Average(score => score.F1!.Value),
            MeanIou = perClass.Where(score => score.Iou is not null).Average(score => score.Iou!.Value),
            MacroF1AllClasses = counted.Average(score => score.F1 ?? 0),
            MeanIouAllClasses = counted.Average(score => score.Iou ?? 0),
            MicroJaccard = (double)right / ((2 * total) - right),
            PerClass = perClass,
        };
    }

    /// <summary>What a person should know of the means over classes: which classes are predicted but in no reference. Null if there are none.</summary>
    public string? Warning()
    {
        var absent = PerClass.Where(score => score is { ReferencePixels: 0, PredictedPixels: > 0 }).Select(score => score.Name).ToArray();
        return absent.Length == 0 ? null : $"Predicted, but labelled nowhere here: {string.Join(", ", absent)}. Macro F1 and mIoU count each such class as 0.";
    }

    private static double? CohensKappa(ClassScore[] perClass, long right, long total)
    {
        var observed = (double)right / total;
        var expected = perClass.Sum(score => (double)score.ReferencePixels / total * ((double)score.PredictedPixels / total));
        return expected >= 1 ? null : (observed - expected) / (1 - expected);
    }
}
