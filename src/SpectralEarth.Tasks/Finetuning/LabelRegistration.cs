using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Tasks.Features;
using SpectralEarth.Training;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>
/// Finds how far labels lie from the ground that images show: the offset at which spectra tell the classes best, judged by a ridge regression
/// of class membership, which has a closed solution. Half a pixel is usual and costs more than any other choice in fine-tuning
/// (measured: docs/land-cover.md).
/// </summary>
internal static class LabelRegistration
{
    /// <summary>Pixels of the patches that are looked at, roughly.</summary>
    private const int MostPixels = 1 << 18;

    /// <summary>Patches that are looked at however large they are: an offset is the data set's, not that of one patch.</summary>
    private const int LeastPatches = 48;

    /// <summary>Weight of the squared coefficients, which matters with few labelled pixels.</summary>
    private const double Penalty = 10;

    /// <summary>Parts of a pixel that offsets are rounded to.</summary>
    private const double Parts = 16;

    /// <summary>The neighbours of a place.</summary>
    private static readonly (int Rows, int Columns)[] Around = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)];

    /// <summary>The offset of the training labels; null if none is better than zero by more than chance would have it.</summary>
    /// <param name="dataset">Labelled data set, with the bands of the model.</param>
    /// <param name="patches">Training patches.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="model">Statistics of the bands.</param>
    /// <param name="device">Where images are moved.</param>
    public static PixelOffset? Estimate(Dataset dataset, IReadOnlyList<int> patches, ClassTable classes, ModelDescription model, Device device)
    {
        var side = dataset.Manifest.PatchSize;
        var chosen = EvenChoice.Of(patches, Math.Max(LeastPatches, MostPixels / (side * side)));
        var known = new Dictionary<PixelOffset, (double Unexplained, long Pixels)>();
        // Only whole pixels are compared: in between, interpolation takes noise out of spectra, and any offset would seem to explain more.
        var best = PixelOffset.None;
        while (Around.Select(step => From(best, step)).Where(offset => offset.IsPossible).MinBy(Unexplained) is { } next && Unexplained(next) < Unexplained(best))
            best = next;
        var (rows, columns, gain) = Around.All(step => From(best, step).IsPossible) ? Lowest((row, column) => Unexplained(From(best, (row, column)))) : default;

        // Two numbers are fitted and must be worth it (Akaike 1974): more strictly where the place was chosen among many, of which chance makes some better (Schwarz 1978).
        var pixels = known[best].Pixels;
        var offset = new PixelOffset(Rounded(best.Rows + rows), Rounded(best.Columns + columns));
        var isWorthIt = pixels * Math.Log(Unexplained(PixelOffset.None) / (Unexplained(best) - gain)) > (best == PixelOffset.None ? 4 : 2 * Math.Log(pixels));
        return isWorthIt && offset != PixelOffset.None ? offset : null;

        double Unexplained(PixelOffset offset)
        {
            if (!known.TryGetValue(offset, out var fit))
                known.Add(offset, fit = Fit(dataset, chosen, classes, model with { LabelOffset = offset }, device));
            return fit.Unexplained;
        }
    }

    private static PixelOffset From(PixelOffset offset, (int Rows, int Columns) step) => new(offset.Rows + step.Rows, offset.Columns + step.Columns);

    /// <summary>Lowest point of the paraboloid that has the slopes and curvatures of nine values, pixels from the middle one, and how far below that it lies.</summary>
    /// <param name="value">Value at a row and a column, -1 to 1 from the middle.</param>
    private static (double Rows, double Columns, double Gain) Lowest(Func<int, int, double> value)
    {
        var (rowSlope, columnSlope) = ((value(1, 0) - value(-1, 0)) / 2, (value(0, 1) - value(0, -1)) / 2);
        var (rowCurve, columnCurve) = (value(1, 0) + value(-1, 0) - (2 * value(0, 0)), value(0, 1) + value(0, -1) - (2 * value(0, 0)));
        var twist = (value(1, 1) + value(-1, -1) - value(1, -1) - value(-1, 1)) / 4;
        var determinant = (rowCurve * columnCurve) - (twist * twist);
        var (rows, columns) = (((twist * columnSlope) - (columnCurve * rowSlope)) / determinant, ((twist * rowSlope) - (rowCurve * columnSlope)) / determinant);
        // Else the place is no hollow, but a valley or plain without a lowest point nearby.
        return determinant > 0 && Math.Abs(rows) < 1 && Math.Abs(columns) < 1 ? (rows, columns, -((rowSlope * rows) + (columnSlope * columns)) / 2) : default;
    }

    private static double Rounded(double offset) => Math.Round(offset * Parts) / Parts;

    /// <summary>What a ridge regression of class membership on the spectra leaves, coefficients' penalty included, and the pixels that it saw.</summary>
    private static (double Unexplained, long Pixels) Fit(Dataset dataset, IReadOnlyList<int> patches, ClassTable classes, ModelDescription model, Device device)
    {
        FinalizerGate.Pass();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var normalization = model.Normalization(device);
        var data = dataset.Manifest;
        var (spectra, labels) = PixelSample.Take(dataset, patches, classes,                                         // [M, C], [M]
            batch => InputImages.Of(batch, normalization, data.PatchSize, data.NoData, device));
        var inputs = spectra - spectra.mean([0], keepdim: true);
        var members = nn.functional.one_hot(labels, classes.Count).to(float64);
        var targets = members - members.mean([0], keepdim: true);                                                   // [M, L]
        var gram = inputs.t().matmul(inputs) + (Penalty * eye(inputs.shape[1], dtype: float64));                    // [C, C]
        var shared = inputs.t().matmul(targets);                                                                    // [C, L]
        return ((targets.square().sum() - (shared * linalg.solve(gram, shared)).sum()).item<double>(), inputs.shape[0]);
    }
}
