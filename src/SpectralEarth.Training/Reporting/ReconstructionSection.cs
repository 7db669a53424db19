using System.Globalization;
using SpectralEarth.Models;
using SpectralEarth.Randomness;
using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;

namespace SpectralEarth.Training.Reporting;

/// <summary>The part of a report that shows how a masked autoencoder completes patches.</summary>
internal static class ReconstructionSection
{
    /// <summary>Adds pictures and spectra of some patches.</summary>
    /// <param name="page">Report.</param>
    /// <param name="network">Network as it is now.</param>
    /// <param name="views">Views without augmentation.</param>
    /// <param name="dataset">Data set.</param>
    /// <param name="patches">Catalog indices.</param>
    /// <param name="seed">Seed of the run.</param>
    public static void AddTo(ReportPage page, MaskedAutoencoder network, TrainingViews views, Dataset dataset, IReadOnlyList<int> patches, long seed)
    {
        page.Heading("Reconstructions");
        page.Paragraph("Hidden tokens are predicted from the visible ones; predictions of normalized targets are shown with the true token's mean and contrast.");
        if (network.Config.SpectralMaskRatio > 0)
            page.Paragraph("Spectral masking hides some bands of the visible tokens too: they are shaded in the spectra. The pictures show visible tokens with all bands.");
        foreach (var patch in patches)
            Add(page, Reconstruction.Of(network, views, dataset, patch, seed), dataset.Manifest, new SeededRandom(seed, "report-pixel", patch));
    }

    private static void Add(ReportPage page, Reconstruction reconstruction, DatasetManifest data, SeededRandom random)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{reconstruction.Info.LocationId}, {reconstruction.Info.Time:yyyy-MM-dd}");
        page.Figure(reconstruction.Sheet(ColorWavelengths.Infrared), $"Patch {place}: true, visible part, completed.", $"{place}. Near infrared, red and green shown as red, green and blue.");
        if (reconstruction.HiddenSpectrum(random) is not var (row, column, truth, predicted))
            return;
        double[] residual = [.. predicted.Zip(truth, (guess, value) => data.Scale * (guess - value))];
        var error = Math.Sqrt(residual.Average(value => value * value));
        page.Figure(
            Charts.Spectra($"Pixel of a hidden token, row {row}, column {column}", "Reflectance",
            [
                new ChartSeries("true", data.WavelengthsNm, [.. truth.Select(number => number * data.Scale)]),
                new ChartSeries("predicted", data.WavelengthsNm, [.. predicted.Select(number => number * data.Scale)]),
                new ChartSeries("residual (predicted - true)", data.WavelengthsNm, residual),
            ], reconstruction.HiddenBands is { } bands ? new ChartShade("hidden everywhere", SpectrumGaps.RangesOf(data.WavelengthsNm, bands)) : null),
            $"True and predicted reflectance over wavelength of a hidden pixel of patch {place}, and their difference.",
            string.Create(CultureInfo.InvariantCulture,
                $"Row {row}, column {column}, counted from 0: a pixel drawn from the hidden tokens. {Seen(reconstruction.HiddenBands)} Root mean square of the residual over all bands: {error:0.0000}."));
    }

    /// <summary>What the network saw of a hidden pixel, and of the bands around it.</summary>
    private static string Seen(IReadOnlyList<bool>? hiddenBands) => hiddenBands is null
        ? "The network saw no band of it."
        : $"The network saw no band of it, and {hiddenBands.Count(isHidden => isHidden)} of {hiddenBands.Count} bands (shaded) of no pixel.";
}
