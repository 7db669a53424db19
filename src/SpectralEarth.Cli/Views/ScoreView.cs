using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Cli.Views;

/// <summary>Scores as tables.</summary>
internal static class ScoreView
{
    /// <summary>Shows the scores of a fine-tuning run beside those of the best constant answer.</summary>
    internal static void Show(Terminal terminal, FinetuneResult result)
    {
        if (result.Test is not { } test || result.Majority is not { } majority)
        {
            terminal.Say("No test was made: the split keeps no test patches.");
            if (result.Validation is { } validation)
                Show(terminal, "validation", validation, result.TestIntervals);
            return;
        }

        terminal.Result($"test, split by {result.Split.By}", ["", "this model (95 % interval)", $"always {result.MajorityClass}"],
            test.Summary.Zip(majority.Summary, (mine, other) => (string[])[mine.Title, ScoreText.Of(mine, result.TestIntervals), ScoreText.Of(other.Value)]));
        ShowParts(terminal, test);
    }

    /// <summary>Shows one set of scores.</summary>
    internal static void Show(Terminal terminal, string title, IScores scores, IReadOnlyDictionary<string, ScoreInterval> intervals)
    {
        terminal.Result(title, scores.Summary.Select(score => (score.Title, ScoreText.Of(score, intervals))));
        ShowParts(terminal, scores);
    }

    private static void ShowParts(Terminal terminal, IScores scores)
    {
        if (scores is RegressionScores numbers)
            terminal.Result("targets", ["target", "RMSE", "R²"], numbers.PerTarget.Select(item => (string[])[item.Name, ScoreText.Of(item.Rmse), ScoreText.Of(item.R2)]));
        else if (scores is MultiLabelScores sets)
            ShowClasses(terminal, sets.PerClass);
        else if (scores is ConfusionScores places)
            ShowClasses(terminal, places.PerClass);
    }

    private static void ShowClasses(Terminal terminal, IReadOnlyList<ClassScore> classes) =>
        terminal.Result("classes", ["class", "labelled", "F1", "IoU", "precision", "recall"], classes.Select(item =>
            (string[])[item.Name, ScoreText.Of(item.ReferencePixels), ScoreText.Of(item.F1), ScoreText.Of(item.Iou), ScoreText.Of(item.Precision), ScoreText.Of(item.Recall)]));
}
