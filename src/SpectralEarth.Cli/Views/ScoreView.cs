using System.Globalization;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Cli.Views;

/// <summary>Scores of a segmentation as tables.</summary>
internal static class ScoreView
{
    /// <summary>Shows the scores of a fine-tuning run beside those of the majority class.</summary>
    internal static void Show(Terminal terminal, FinetuneResult result)
    {
        if (result.Test is not { } test || result.Majority is not { } majority)
        {
            terminal.Say("No test was made: the split keeps no test patches (split.test_fraction is 0).");
            return;
        }

        terminal.Result($"test on {test.Pixels} pixels of separate blocks", ["", "this model", $"always {result.MajorityClass}"],
            Rows(test).Zip(Rows(majority), (mine, other) => (string[])[mine.Name, mine.Value, other.Value]));
        ShowClasses(terminal, test);
    }

    /// <summary>Shows one set of scores.</summary>
    internal static void Show(Terminal terminal, string title, SegmentationScores scores)
    {
        terminal.Result(title, Rows(scores));
        ShowClasses(terminal, scores);
    }

    private static void ShowClasses(Terminal terminal, SegmentationScores scores) =>
        terminal.Result("classes", ["class", "reference pixels", "F1", "IoU", "precision", "recall"], scores.PerClass.Select(item =>
            (string[])[item.Name, item.ReferencePixels.ToString(CultureInfo.InvariantCulture), Number(item.F1), Number(item.Iou), Number(item.Precision), Number(item.Recall)]));

    private static IEnumerable<(string Name, string Value)> Rows(SegmentationScores scores) =>
    [
        ("overall accuracy", Number(scores.OverallAccuracy)),
        ("average accuracy", Number(scores.AverageAccuracy)),
        ("kappa", Number(scores.Kappa)),
        ("macro F1", Number(scores.MacroF1)),
        ("mean IoU", Number(scores.MeanIou)),
    ];

    private static string Number(double? value) => value is { } number ? number.ToString("0.000", CultureInfo.InvariantCulture) : "-";
}
