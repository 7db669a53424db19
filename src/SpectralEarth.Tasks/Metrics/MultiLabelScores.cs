using System.Text.Json.Serialization;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tasks.Metrics;

/// <summary>
/// Scores of sets of classes, at the threshold 0.5 and, average precision, over all thresholds. Means over classes leave out
/// those that do not occur (for average precision: that are in no label); the means over all classes, where such a class counts 0
/// as in scikit-learn, stand beside them.
/// </summary>
public sealed record MultiLabelScores : IScores
{
    /// <summary>Patches counted.</summary>
    public required long Patches { get; init; }
    /// <summary>Share of right decisions, one decision per patch and class. Each class has equally many, so the micro and the macro mean agree.</summary>
    public required double DecisionAccuracy { get; init; }
    /// <summary>Share of patches whose set of classes is exactly right.</summary>
    public required double SubsetAccuracy { get; init; }
    /// <summary>Precision of all decisions together; null if nothing was predicted.</summary>
    public required double? MicroPrecision { get; init; }
    /// <summary>Recall of all decisions together; null if no class is present.</summary>
    public required double? MicroRecall { get; init; }
    /// <summary>F1 of all decisions together; null if no class is present or predicted.</summary>
    public required double? MicroF1 { get; init; }
    /// <summary>TP / (TP + FP + FN) of all decisions together.</summary>
    public required double? MicroIou { get; init; }
    /// <summary>Average precision of all decisions together; null if no class is present.</summary>
    public required double? MicroAveragePrecision { get; init; }
    /// <summary>Mean F1 over the classes that are present or predicted.</summary>
    public required double? MacroF1 { get; init; }
    /// <summary>Mean IoU over the classes that are present or predicted.</summary>
    public required double? MeanIou { get; init; }
    /// <summary>Mean average precision over the classes that are present.</summary>
    public required double? MacroAveragePrecision { get; init; }
    /// <summary>Mean F1 over all classes of the task; a class that does not occur counts as 0.</summary>
    public required double MacroF1AllClasses { get; init; }
    /// <summary>Mean average precision over all classes of the task; a class that is not present counts as 0.</summary>
    public required double MacroAveragePrecisionAllClasses { get; init; }
    /// <summary>Scores of each class, in class order; its pixels are patches here.</summary>
    public required IReadOnlyList<ClassScore> PerClass { get; init; }
    /// <summary>Average precision of each class; null for one that is not present.</summary>
    public required IReadOnlyList<double?> AveragePrecisions { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public IReadOnlyList<NamedScore> Summary =>
    [
        new("macro_average_precision", "Macro average precision", MacroAveragePrecision),
        new("micro_average_precision", "Micro average precision", MicroAveragePrecision),
        new("macro_f1", "Macro F1", MacroF1),
        new("micro_f1", "Micro F1", MicroF1),
        new("mean_iou", "mIoU", MeanIou),
        new("micro_iou", "Micro IoU", MicroIou),
        new("decision_accuracy", "Decision accuracy", DecisionAccuracy),
        new("subset_accuracy", "Subset accuracy", SubsetAccuracy),
    ];

    /// <summary>Scores of counts that are a draw from others: a class that is predicted there but never present counts as 0 in every draw, one that only the draw lacks is left out.</summary>
    internal static MultiLabelScores Of(
        ClassTable classes, IReadOnlyList<DecisionCounts> counts, IReadOnlyList<DecisionCounts> whole, long patches, long exact, IReadOnlyList<double?> precisions, double? microPrecision)
    {
        var perClass = counts.Select((count, index) => Score(classes[index], count)).ToArray();
        for (var index = 0; index < perClass.Length; index++)
            perClass[index] = perClass[index].InDrawOf(whole[index].TruePositives + whole[index].FalseNegatives, whole[index].TruePositives + whole[index].FalsePositives);
        var total = default(DecisionCounts);
        foreach (var count in counts)
            total.Add(count);
        var micro = Score(classes[0], total);
        return new MultiLabelScores
        {
            Patches = patches,
            DecisionAccuracy = 1 - ((double)(total.FalsePositives + total.FalseNegatives) / (patches * counts.Count)),
            SubsetAccuracy = (double)exact / patches,
            MicroPrecision = micro.Precision,
            MicroRecall = micro.Recall,
            MicroF1 = micro.F1,
            MicroIou = micro.Iou,
            MicroAveragePrecision = microPrecision,
            MacroF1 = perClass.Average(score => score.F1),
            MeanIou = perClass.Average(score => score.Iou),
            MacroAveragePrecision = precisions.Average(),
            MacroF1AllClasses = perClass.Average(score => score.F1 ?? 0),
            MacroAveragePrecisionAllClasses = precisions.Average(precision => precision ?? 0),
            PerClass = perClass,
            AveragePrecisions = precisions,
        };
    }

    private static ClassScore Score(LabelClass named, DecisionCounts count) =>
        ClassScore.Of(named, count.TruePositives, count.TruePositives + count.FalseNegatives, count.TruePositives + count.FalsePositives);
}
