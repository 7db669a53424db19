using System.Globalization;
using SpectralEarth.Recipes;
using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training.Monitoring;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>The page that shows how a fine-tuning run went and what its numbers rest on.</summary>
internal static class FinetuneReport
{
    /// <summary>Writes report.html.</summary>
    public static void Write(
        RunFolder folder, FinetuneResult result, ConfusionMatrix? test, ClassTable classes, FinetuneRecipe recipe,
        IReadOnlyList<Evaluation> evaluations, IReadOnlyList<(PatchInfo Info, Picture Sheet)> examples)
    {
        var page = new ReportPage("Fine-tuning").Facts(
        [
            ("Run", folder.Path),
            ("Encoder", result.InitialWeights == "random" ? $"random weights, architecture of {result.Checkpoint}" : result.Checkpoint),
            ("Decoder", KeyName(recipe.Decoder)),
            ("Steps", $"{result.Steps}, weights of step {result.BestStep}"),
            ("Seed", recipe.Seed.ToString(CultureInfo.InvariantCulture)),
        ]);
        foreach (var warning in result.Warnings)
            page.Paragraph("Note: " + warning);
        AddScores(page, result);
        if (test is not null)
            AddTest(page, result.Test!, test, classes);
        AddSplit(page, result.Split, classes);
        AddCourse(page, folder, evaluations, recipe);
        page.Heading(test is null ? "Training patches" : "Test patches");
        foreach (var (info, sheet) in examples)
            page.Figure(sheet, $"Patch {info.LocationId}: image, labels, map, errors.", string.Create(CultureInfo.InvariantCulture, $"{info.LocationId}, {info.Time:yyyy-MM-dd}"));
        page.Heading("Recipe").Verbatim(RecipeFile.ToYaml(recipe));
        page.Write(folder.ReportPath);
    }

    private static void AddScores(ReportPage page, FinetuneResult result)
    {
        var rows = new List<IReadOnlyList<string>>();
        Add("Test", result.Test);
        Add($"Test, if all were {result.MajorityClass} (the majority in training)", result.Majority);
        Add("Validation (used to choose the weights)", result.Validation);
        if (rows.Count == 0)
            return;
        page.Heading("Scores").Table(
            ["Part", "Pixels", "Overall accuracy", "Average accuracy", "Kappa", "Macro F1", "mIoU", "Macro F1, all classes", "mIoU, all classes", "Micro Jaccard"], rows,
            "Macro F1 and mIoU are means over the classes that occur in the labels or in the map; beside them over all classes of the task, where a class that does not occur counts as 0.");

        void Add(string part, SegmentationScores? scores)
        {
            if (scores is null)
                return;
            rows.Add([part, Text(scores.Pixels), Text(scores.OverallAccuracy), Text(scores.AverageAccuracy), Text(scores.Kappa), Text(scores.MacroF1),
                Text(scores.MeanIou), Text(scores.MacroF1AllClasses), Text(scores.MeanIouAllClasses), Text(scores.MicroJaccard)]);
        }
    }

    private static void AddTest(ReportPage page, SegmentationScores scores, ConfusionMatrix matrix, ClassTable classes)
    {
        page.Heading("Classes in the test").Table(["Class", "Labelled", "Predicted", "Precision", "Recall", "F1", "IoU"],
            [.. scores.PerClass.Select(score => (IReadOnlyList<string>)
                [score.Name, Text(score.ReferencePixels), Text(score.PredictedPixels), Text(score.Precision), Text(score.Recall), Text(score.F1), Text(score.Iou)])]);
        page.Figure(Charts.Bars("F1 per class", "F1", [.. scores.PerClass.Select((score, index) => new ChartBar(score.Name, score.F1 ?? 0, Rgb.Parse(classes[index].Color)))]),
            "F1 of each class in the test; numbers in the table above.");
        var cells = new double[matrix.Classes, matrix.Classes];
        for (var reference = 0; reference < matrix.Classes; reference++)
        {
            for (var predicted = 0; predicted < matrix.Classes; predicted++)
                cells[reference, predicted] = matrix[reference, predicted];
        }

        string[] names = [.. classes.Select(item => item.Name)];
        page.Figure(Charts.Matrix("Confusion matrix, test pixels", "Label", "Map", names, names, cells), "Confusion matrix of the test; the same numbers are in confusion.csv.");
    }

    private static void AddSplit(ReportPage page, SplitSummary split, ClassTable classes)
    {
        page.Heading("Training, validation, test").Paragraph(
            (split.BlockSize is { } side
                ? $"The ground was cut into blocks of {side} x {side} patches; a block went to one part as a whole. "
                : "The split was read from a file; no ground lies in two parts. ") +
            $"{split.TrainPatches} patches train, {split.ValidationPatches} validate, {split.TestPatches} test; " +
            $"{split.UnlabelledPatches} patches have no labels, {split.DroppedLocations} locations overlapped two parts and were left out.");
        page.Table(["Class", "Training pixels", "Validation pixels", "Test pixels"],
            [.. classes.Select((item, index) => (IReadOnlyList<string>)[item.Name, Text(split.TrainPixels[index]), Text(split.ValidationPixels[index]), Text(split.TestPixels[index])])]);
        page.Figure(Charts.Bars("Labelled training pixels", "Pixels", [.. classes.Select((item, index) => new ChartBar(item.Name, split.TrainPixels[index], Rgb.Parse(item.Color)))]),
            "Class distribution of the training pixels; numbers in the table above.");
    }

    private static void AddCourse(ReportPage page, RunFolder folder, IReadOnlyList<Evaluation> evaluations, FinetuneRecipe recipe)
    {
        page.Heading("Course of the run");
        var rows = File.Exists(folder.MetricsPath) ? MetricsFile.Read(folder.MetricsPath).Where(row => row.IsFinite).ToList() : [];
        if (rows.Count > 0)
        {
            page.Figure(Charts.Lines("Training loss", "Step", "Loss", [new ChartSeries("loss", [.. rows.Select(row => (double)row.Step)], [.. rows.Select(row => row.Loss)])]),
                $"Training loss over {rows[^1].Step} steps.");
        }

        if (evaluations.Count == 0)
            return;
        double[] steps = [.. evaluations.Select(evaluation => (double)evaluation.Step)];
        page.Figure(Charts.Lines("Scores on validation", "Step", "Score",
        [
            new ChartSeries("overall accuracy", steps, [.. evaluations.Select(evaluation => evaluation.OverallAccuracy)]),
            new ChartSeries("macro F1", steps, [.. evaluations.Select(evaluation => evaluation.MacroF1)]),
            new ChartSeries("mIoU", steps, [.. evaluations.Select(evaluation => evaluation.MeanIou)]),
        ]), "Scores on validation over steps.", $"The weights with the best {KeyName(recipe.SelectBy)} are kept.");
    }

    private static string KeyName<T>(T value) where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static string Text(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Text(double? value) => value?.ToString("0.000", CultureInfo.InvariantCulture) ?? "";
}
