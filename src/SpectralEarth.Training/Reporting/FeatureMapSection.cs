using System.Globalization;
using SpectralEarth.Models;
using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Spectra;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Reporting;

/// <summary>The part of a report that shows the last layer's features of patches as colours.</summary>
internal static class FeatureMapSection
{
    private const int Colors = 3, ShownSide = 256;

    /// <summary>Adds each patch beside the first three principal components of its features; the components are common to all patches.</summary>
    /// <param name="page">Report.</param>
    /// <param name="encoder">Encoder; put into evaluation mode here and back into training mode after.</param>
    /// <param name="views">Views without augmentation.</param>
    /// <param name="dataset">Data set.</param>
    /// <param name="patches">Catalog indices.</param>
    public static void AddTo(ReportPage page, Encoder encoder, TrainingViews views, Dataset dataset, IReadOnlyList<int> patches)
    {
        if (patches.Count == 0)
            return;
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        encoder.eval();
        var shown = patches.Select(dataset.Read).ToArray();
        var maps = cat([.. shown.Select((patch, number) => Features(encoder, views, patch, patches[number]))]);
        encoder.train();
        var colors = PrincipalColors(maps);
        page.Heading("Feature maps").Paragraph(
            "First three principal components of the last layer's features, common to the patches below, as red, green and blue from their 2nd to 98th percentile. " +
            "Ground that looks alike to the encoder has one colour; the colours themselves have no meaning.");
        for (var number = 0; number < shown.Length; number++)
        {
            var side = dataset.Manifest.PatchSize;
            var patch = FalseColor.Render<short>(shown[number].Pixels, shown[number].Validity, side, dataset.Manifest.WavelengthsNm, ColorWavelengths.Infrared);
            var map = ToPicture(colors[number]);
            var place = string.Create(CultureInfo.InvariantCulture, $"{shown[number].Info.LocationId}, {shown[number].Info.Time:yyyy-MM-dd}");
            page.Figure(
                PictureSheet.Draw([("Patch", patch.Enlarged(Math.Max(1, ShownSide / side))), ("Features", map.Enlarged(Math.Max(1, ShownSide / map.Width)))], []),
                $"Patch {place} and its features.", place);
        }
    }

    /// <summary>First three principal components as colours between 0 and 1.</summary>
    /// <param name="maps">Features, [B, D, H, W].</param>
    /// <returns>[B, 3, H, W]; components that do not exist, as with equal features, are 0.5.</returns>
    internal static Tensor PrincipalColors(Tensor maps)
    {
        using var scope = NewDisposeScope();
        var (batch, width, height, columns) = (maps.shape[0], maps.shape[1], maps.shape[2], maps.shape[3]);
        var features = maps.to(float64).permute(0, 2, 3, 1).reshape(-1, width);
        var centred = features - features.mean([0], keepdim: true);
        var (_, singular, directions) = linalg.svd(centred, fullMatrices: false);
        var colors = full([features.shape[0], Colors], 0.5, dtype: float64);
        for (var component = 0; component < Math.Min(Colors, singular.shape[0]); component++)
        {
            // Below rounding error a component is noise that the stretch would blow up.
            if (singular[component].item<double>() <= 1e-9 * Math.Max(1, features.norm().item<double>()))
                break;
            var direction = directions[component];
            // Either sign is a solution: the one whose largest entry is positive gives the same picture everywhere.
            var sign = direction[direction.abs().argmax()].item<double>() < 0 ? -1 : 1;
            var values = centred.matmul(direction) * sign;
            var (low, high) = (values.quantile(tensor(0.02, dtype: float64)), values.quantile(tensor(0.98, dtype: float64)));
            colors[.., component] = ((values - low) / (high - low).clamp_min(1e-12)).clamp(0, 1);
        }

        return colors.reshape(batch, height, columns, Colors).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }

    private static Tensor Features(Encoder encoder, TrainingViews views, Patch patch, int index)
    {
        var batch = new PatchBatch { Indices = [index], Pixels = patch.Pixels, Validity = patch.Validity, Labels = null };
        return encoder.Maps(views.Of(batch, step: 0).Images, encoder.Layers.Count - 1).Layers[0].cpu();
    }

    private static Picture ToPicture(Tensor colors)
    {
        var (height, width) = ((int)colors.shape[1], (int)colors.shape[2]);
        var picture = new Picture(height, width);
        for (var row = 0; row < height; row++)
        {
            for (var column = 0; column < width; column++)
                picture[row, column] = new Rgb(Level(0, row, column), Level(1, row, column), Level(2, row, column));
        }

        return picture;

        byte Level(int color, int row, int column) => (byte)Math.Round(255 * colors[color, row, column].item<double>());
    }
}
