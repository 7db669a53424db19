using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Tasks.Features;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>
/// Fits the linear classifier of spectra and tokens in a fusion decoder before the network is trained, so that fine-tuning
/// starts from a good solution instead of distorting pretrained features on the way to one (Kumar et al. 2022, LP-FT).
/// Unlike gradient descent, its regression finds the directions in which bands hardly differ.
/// </summary>
internal static class SpectralProbe
{
    /// <summary>
    /// What tokens are multiplied with, so that the penalty bears harder on them than on spectra: tokens tell places apart, and
    /// few labels lie in few places, which would be learnt by heart (measured: docs/land-cover.md).
    /// </summary>
    private const double TokenScale = 0.1;

    /// <summary>
    /// Regressions of the spectrum alone or of all inputs, whose coefficients are averaged, which makes the geometric mean of their probabilities. That of
    /// all inputs is the best with many labels and the worst with few and rare classes; the mean is good with both (measured: docs/land-cover.md).
    /// </summary>
    private static readonly (bool SeesAll, double Penalty)[] Regressions = [(false, 1), (false, 0.1), (true, 0.1)];

    /// <summary>Fits the classifier to the labelled pixels of some patches and puts it into the network.</summary>
    /// <param name="network">Network with a fusion decoder.</param>
    /// <param name="dataset">Labelled data set; its patches are at least as large as the network's windows.</param>
    /// <param name="patches">Training patches.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="normalization">Normalisation of the network.</param>
    /// <param name="device">Device of the network.</param>
    public static void Fit(SegmentationModel network, Dataset dataset, IReadOnlyList<int> patches, ClassTable classes, BandNormalization normalization, Device device)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        network.eval();
        var data = dataset.Manifest;
        var (features, labels) = PixelSample.Take(dataset, patches, classes,                     // [M, 3 C + D], [M]
            batch => LinearInputs(network, InputImages.Of(batch, normalization, data.PatchSize, data.NoData, device)));
        var (width, tokens, bands) = (features.shape[1], network.Encoder.Width, (features.shape[1] - network.Encoder.Width) / 3);
        var scales = cat([ones(3 * bands, dtype: float64), full(tokens, TokenScale, dtype: float64)]).unsqueeze(1);
        var sum = zeros(width + 1, classes.Count, dtype: float64);
        foreach (var (seesAll, penalty) in Regressions)
        {
            var seen = (int)(seesAll ? width : bands);
            var inputs = cat([features[.., ..seen] * scales[..seen, 0], ones(features.shape[0], 1, dtype: float64)], 1);
            var coefficients = LogisticRegression.Fit(inputs, labels, classes.Count, penalty);           // [seen + 1, L]
            sum[..seen].add_(coefficients[..^1] * scales[..seen]);
            sum[^1].add_(coefficients[^1]);
        }

        sum.div_(Regressions.Length);
        network.SetLinearClassifier(sum[..^1].transpose(0, 1), sum[^1]);
    }

    /// <summary>What the classifier sees in a patch, window by window; the last of a row or column of windows ends with the patch.</summary>
    /// <param name="network">Network.</param>
    /// <param name="patch">Normalised, [1, C, S, S].</param>
    /// <returns>[1, 3 C + D, S, S].</returns>
    private static Tensor LinearInputs(SegmentationModel network, Tensor patch)
    {
        var (window, side) = (network.Config.Encoder.PatchSize, (int)patch.shape[^1]);
        if (window == side)
            return network.LinearInputs(patch);
        var starts = Enumerable.Range(0, (side + window - 1) / window).Select(place => Math.Min(place * window, side - window)).ToArray();
        var inputs = empty([1, (3 * patch.shape[1]) + network.Encoder.Width, side, side], device: patch.device);
        foreach (var (row, column) in from row in starts from column in starts select (row, column))
        {
            var (rows, columns) = (row..(row + window), column..(column + window));
            inputs[.., .., rows, columns] = network.LinearInputs(patch[.., .., rows, columns]);
        }

        return inputs;
    }
}
