using SpectralEarth.Reports;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>Sections of a report about classes.</summary>
internal static class ClassSections
{
    /// <summary>Scores of each class in a part of the split as table and bars.</summary>
    public static void AddScores(ReportPage page, IReadOnlyList<ClassScore> scores, ClassTable classes, string reference, string predicted, string part)
    {
        page.Heading($"Classes in the {part}").Table(["Class", reference, predicted, "Precision", "Recall", "F1", "IoU"],
            [.. scores.Select(score => (IReadOnlyList<string>)
                [score.Name, ScoreText.Of(score.ReferencePixels), ScoreText.Of(score.PredictedPixels), ScoreText.Of(score.Precision), ScoreText.Of(score.Recall), ScoreText.Of(score.F1), ScoreText.Of(score.Iou)])]);
        page.Figure(Charts.Bars("F1 per class", "F1", [.. scores.Select((score, index) => new ChartBar(score.Name, score.F1 ?? 0, classes[index].ToRgb()))]),
            $"F1 of each class in the {part}; numbers in the table above.");
    }

    /// <summary>Confusion matrix of a part of the split as a picture.</summary>
    public static void AddConfusion(ReportPage page, ConfusionMatrix matrix, ClassTable classes, string part, string unit)
    {
        var cells = new double[matrix.Classes, matrix.Classes];
        for (var reference = 0; reference < matrix.Classes; reference++)
        {
            for (var predicted = 0; predicted < matrix.Classes; predicted++)
                cells[reference, predicted] = matrix[reference, predicted];
        }

        string[] names = [.. classes.Select(item => item.Name)];
        page.Figure(Charts.Matrix($"Confusion matrix, {part} {unit}", "Label", "Prediction", names, names, cells),
            $"Confusion matrix of the {part}; the same numbers are in {ScoreFiles.ConfusionName}.");
    }

    /// <summary>Labels of each class in the parts of the split.</summary>
    /// <param name="page">Report.</param>
    /// <param name="split">Split.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="unit">What is counted: pixels or patches.</param>
    public static void AddLabels(ReportPage page, SplitSummary split, ClassTable classes, string unit)
    {
        page.Table(["Class", $"Training {unit}", $"Validation {unit}", $"Test {unit}"],
            [.. classes.Select((item, index) => (IReadOnlyList<string>)[item.Name, ScoreText.Of(split.TrainPixels[index]), ScoreText.Of(split.ValidationPixels[index]), ScoreText.Of(split.TestPixels[index])])]);
        page.Figure(Charts.Bars($"Labelled training {unit}", unit, [.. classes.Select((item, index) => new ChartBar(item.Name, split.TrainPixels[index], item.ToRgb()))]),
            $"Class distribution of the training {unit}; numbers in the table above.");
    }
}
