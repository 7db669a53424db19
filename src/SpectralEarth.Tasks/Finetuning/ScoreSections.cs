using SpectralEarth.Reports;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Sections of reports about scores and splits, the same for all kinds of tasks.</summary>
internal static class ScoreSections
{
    private const char NoBreak = '\u00a0';    // keeps an interval on one line

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
                shown[0].Scores is SegmentationScores ? "\"All classes\" counts the others as 0." : null,
            }.OfType<string>()));
    }

    /// <summary>How the parts were made and how much they have in common.</summary>
    public static void AddSplit(ReportPage page, SplitSummary split)
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
