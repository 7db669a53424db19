using SpectralEarth.Reports;
using SpectralEarth.Tasks.Finetuning.Kinds;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Sections of reports about scores and splits, the same for all kinds of tasks.</summary>
internal static class ScoreSections
{
    private const char NoBreak = '\u00a0';    // keeps an interval on one line

    /// <summary>What came out of a run: warnings, scores and how they come about, the split.</summary>
    /// <param name="page">Report.</param>
    /// <param name="result">Outcome.</param>
    /// <param name="scored">Predictions of the test, or of the validation where there is no test; null without both.</param>
    /// <param name="kind">Kind of task.</param>
    /// <param name="validation">Title of the validation's scores.</param>
    public static void AddOutcome(ReportPage page, FinetuneResult result, IScoreStore? scored, ITaskKind kind, string validation)
    {
        foreach (var warning in result.Warnings)
            page.Paragraph("Note: " + warning);
        AddScores(page,
        [
            ("Test", result.Test, result.TestIntervals),
            ($"Test, if all were {result.MajorityClass} (the majority in training)", result.Majority, Bootstrap.NoIntervals),
            (validation, result.Validation, Bootstrap.NoIntervals),
        ]);
        if (scored is not null)
            kind.AddScored(page, scored, result.Test is null ? "validation" : "test");
        AddSplit(page, result.Split);
        kind.AddLabels(page, result.Split);
    }

    /// <summary>A column of scores for each part, with intervals where there are any.</summary>
    /// <param name="page">Report.</param>
    /// <param name="parts">Title, scores and intervals of each part; parts without scores are left out.</param>
    public static void AddScores(ReportPage page, IReadOnlyList<(string Title, IScores? Scores, IReadOnlyDictionary<string, ScoreInterval> Intervals)> parts)
    {
        var shown = parts.Where(part => part.Scores is not null).ToArray();
        if (shown.Length == 0)
            return;
        page.Heading("Scores").Table(["Score", .. shown.Select(part => part.Title)],
            [.. shown[0].Scores!.Summary.Select((score, row) => (IReadOnlyList<string>)
                [score.Title, .. shown.Select(part => ScoreText.Of(part.Scores!.Summary[row], part.Intervals).Replace(' ', NoBreak))])],
            string.Join(' ', new[]
            {
                shown.Any(part => part.Intervals.Count > 0) ? "In brackets: 95 % confidence interval from 1,000 draws of the test's patches with replacement." : null,
                shown[0].Scores is not RegressionScores ? "Means over classes take those that occur." : null,
                shown[0].Scores is ConfusionScores ? "\"All classes\" counts the others as 0." : null,
            }.OfType<string>()));
    }

    /// <summary>How the parts were made and how much they have in common.</summary>
    private static void AddSplit(ReportPage page, SplitSummary split)
    {
        page.Heading("Training, validation, test").Paragraph(
            How(split) + $" {split.TrainPatches} patches train, {split.ValidationPatches} validate, {split.TestPatches} test; " +
            $"{split.UnlabelledPatches} patches have no labels, {split.DroppedLocations} locations overlapped two parts and were left out." +
            (split.TrainPatchesBeforeShare is { } all ? $" Of {all} training patches {split.TrainPatches} were drawn (split.train_share)." : ""));
        if (split.TestPatches > 0)
        {
            page.Paragraph(
                $"{split.TestScenesSharedWithTrain} of {split.TestScenes} test scenes also supply training patches." +
                (split.ClassShift is { } shift ? $" The classes' shares in the test differ from those in training by {ScoreText.Of(shift)} (total variation; 0: equal, 1: nothing in common)." : ""));
        }
    }

    private static string How(SplitSummary split) => split.By switch
    {
        "block" => $"The ground was cut into blocks of {split.BlockSize} x {split.BlockSize} patches; a block went to one part as a whole.",
        "scene" => "A scene went to one part as a whole, with all others that show some of its ground.",
        "patch" => "Each location went to a part by itself, so neighbours of test patches train.",
        _ => "The split was read from a file; no ground lies in two parts.",
    };
}
