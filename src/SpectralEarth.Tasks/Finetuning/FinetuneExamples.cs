using System.Globalization;
using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Finetuning.Kinds;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Pictures of patches: image, labels, map and errors side by side.</summary>
internal static class FinetuneExamples
{
    private const int Most = 6, WantedSide = 224;
    private static readonly Rgb Unlabelled = new(0xF0, 0xF0, 0xF0), Right = new(0xB8, 0xD8, 0xB8), Wrong = new(0xC0, 0x20, 0x20);

    /// <summary>Adds up to six patches to a report, those with most classes and labels first.</summary>
    public static void AddTo(ReportPage page, TaskSetup setup, ClassTable classes, IWindowClassifier classifier, IReadOnlyList<int> patches)
    {
        var (dataset, census) = (setup.Dataset, setup.Census);
        foreach (var index in patches.OrderByDescending(index => census[index].Count(count => count > 0)).ThenByDescending(index => census[index].Sum()).ThenBy(index => index).Take(Most))
        {
            var info = dataset.Catalog[index];
            page.Figure(Sheet(dataset, index, classifier, classes), $"Patch {info.LocationId}: image, labels, map, errors.",
                string.Create(CultureInfo.InvariantCulture, $"{info.LocationId}, {info.Time:yyyy-MM-dd}"));
        }
    }

    private static Picture Sheet(Dataset dataset, int index, IWindowClassifier classifier, ClassTable classes)
    {
        var (patch, side) = (dataset.Read(index), dataset.Manifest.PatchSize);
        using var batch = new PatchBatch { Indices = [index], Pixels = patch.Pixels, Validity = patch.Validity, Labels = patch.Labels };
        var predicted = PatchMap.Classes(classifier, batch, side, dataset.Manifest.NoData);
        var reference = LabelCensus.Reference(patch.Labels, patch.Validity, classes);
        var map = predicted.Zip(patch.Validity, (label, valid) => valid == 0 ? (byte)0 : (byte)classes[label].Code).ToArray();
        var errors = reference.Zip(predicted, (wanted, found) => wanted == ConfusionMatrix.Ignore ? (byte)0 : wanted == found ? (byte)1 : (byte)2).ToArray();
        var colors = classes.ToDictionary(item => item.Code, item => item.ToRgb());
        var factor = Math.Max(1, WantedSide / side);
        return PictureSheet.Draw(
        [
            ("Image", PatchPicture.Of(patch, dataset.Manifest).Enlarged(factor)),
            ("Labels", Picture.OfClasses(patch.Labels, side, side, colors, Unlabelled).Enlarged(factor)),
            ("Map", Picture.OfClasses(map, side, side, colors, FalseColor.NoData).Enlarged(factor)),
            ("Right and wrong", Picture.OfClasses(errors, side, side, new Dictionary<int, Rgb> { [1] = Right, [2] = Wrong }, Unlabelled).Enlarged(factor)),
        ],
        [.. classes.Select(item => new LegendEntry(colors[item.Code], item.Name))]);
    }
}
