using SpectralEarth.Reports;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>Sections of a report about classes.</summary>
internal static class ClassSections
{
    /// <summary>Scores of each class in a part of the split as table and bars; undefined ones are empty cells and dashes.</summary>
    /// <param name="page">Report.</param>
    /// <param name="scores">Scores of each class.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="reference">Title of the labels' counts.</param>
    /// <param name="predicted">Title of the predictions' counts.</param>
    /// <param name="part">Name of the part.</param>
    /// <param name="averagePrecisions">Average precision of each class where the answers are probabilities of sets, else null.</param>
    public static void AddScores(ReportPage page, IReadOnlyList<ClassScore> scores, ClassTable classes, string reference, string predicted, string part,
        IReadOnlyList<double?>? averagePrecisions = null)
    {
        page.Heading($"Classes in the {part}").Table(["Class", reference, predicted, "Precision", "Recall", "F1", "IoU", .. averagePrecisions is null ? (string[])[] : ["Average precision"]],
            [.. scores.Select((score, index) => (IReadOnlyList<string>)
            [
                score.Name, ScoreText.Of(score.ReferencePixels), ScoreText.Of(score.PredictedPixels), ScoreText.Of(score.Precision), ScoreText.Of(score.Recall), ScoreText.Of(score.F1), ScoreText.Of(score.Iou),
                .. averagePrecisions is null ? (string[])[] : [ScoreText.Of(averagePrecisions[index])],
            ])]);
        AddBars(page, "F1", [.. scores.Select(score => score.F1)], classes, part);
        if (averagePrecisions is not null)
            AddBars(page, "Average precision", averagePrecisions, classes, part);
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

    private static void AddBars(ReportPage page, string score, IReadOnlyList<double?> values, ClassTable classes, string part) => page.Figure(
        Charts.Bars($"{score} per class", score, [.. classes.Select((item, index) => new ChartBar(item.Name, values[index], item.ToRgb()))]),
        $"{score} of each class in the {part}; numbers in the table above.");
}
