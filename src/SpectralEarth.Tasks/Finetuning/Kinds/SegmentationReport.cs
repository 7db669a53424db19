using System.Globalization;
using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>What a report shows of a segmentation: classes, confusion matrix, spectra of pixels classified well and badly, maps beside labels and errors.</summary>
internal sealed class SegmentationReport(Dataset dataset, ClassTable classes, LabelCensus census) : ITaskReport
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Course { get; } = ["overall_accuracy", "macro_f1", "mean_iou"];

    /// <inheritdoc/>
    public void AddScored(ReportPage page, IScoreStore scored, string part)
    {
        var matrix = ((ConfusionStore)scored).Total;
        ClassSections.AddScores(page, SegmentationScores.Of(matrix, classes).PerClass, classes, "Labelled", "Predicted", part);
        var cells = new double[matrix.Classes, matrix.Classes];
        for (var reference = 0; reference < matrix.Classes; reference++)
        {
            for (var predicted = 0; predicted < matrix.Classes; predicted++)
                cells[reference, predicted] = matrix[reference, predicted];
        }

        string[] names = [.. classes.Select(item => item.Name)];
        page.Figure(Charts.Matrix($"Confusion matrix, {part} pixels", "Label", "Map", names, names, cells),
            $"Confusion matrix of the {part}; the same numbers are in {ScoreFiles.ConfusionName}.");
        if (((ConfusionStore)scored).Spectra is { } spectra)
            SpectraOfOutcomes.AddTo(page, spectra, matrix, classes, dataset.Manifest);
    }

    /// <inheritdoc/>
    public void AddLabels(ReportPage page, SplitSummary split) => ClassSections.AddLabels(page, split, classes, "pixels");

    /// <summary>Patches: image, labels, map and errors.</summary>
    public void AddMaps(ReportPage page, IWindowClassifier classifier, IReadOnlyList<int> patches)
    {
        foreach (var (info, sheet) in FinetuneExamples.Draw(dataset, patches, census, classifier, classes))
            page.Figure(sheet, $"Patch {info.LocationId}: image, labels, map, errors.", string.Create(CultureInfo.InvariantCulture, $"{info.LocationId}, {info.Time:yyyy-MM-dd}"));
    }
}
