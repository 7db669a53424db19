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
    /// <summary>Pixels of the patches that are looked at, roughly: each is moved some twenty times.</summary>
    private const int MostPixels = 1 << 18;

    /// <summary>Weight of the squared coefficients: with it 230 labelled pixels of 202 bands find the offset to a quarter of a pixel.</summary>
    private const double Penalty = 10;

    private const double FirstStep = 0.5, LastStep = 0.125;

    /// <summary>The offset of the training labels, to an eighth of a pixel; null if none is better than zero by more than chance would have it.</summary>
    /// <param name="dataset">Labelled data set, with the bands of the model.</param>
    /// <param name="patches">Training patches.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="model">Statistics of the bands.</param>
    /// <param name="device">Where images are moved.</param>
    public static PixelOffset? Estimate(Dataset dataset, IReadOnlyList<int> patches, ClassTable classes, ModelDescription model, Device device)
    {
        var side = dataset.Manifest.PatchSize;
        var chosen = EvenChoice.Of(patches, Math.Max(1, MostPixels / (side * side)));
        var known = new Dictionary<PixelOffset, (double Unexplained, long Pixels)>();
        var best = PixelOffset.None;
        for (var step = FirstStep; step >= LastStep;)
        {
            var next = Around(best, step).MinBy(Unexplained)!;
            if (Unexplained(next) < Unexplained(best))
                best = next;
            else
                step /= 2;
        }

        // Two more numbers were fitted: they must be worth it (Bayesian information criterion, Schwarz 1978).
        var pixels = known[best].Pixels;
        return pixels * Math.Log(Unexplained(PixelOffset.None) / Unexplained(best)) > 2 * Math.Log(pixels) ? best : null;

        double Unexplained(PixelOffset offset)
        {
            if (!known.TryGetValue(offset, out var fit))
                known.Add(offset, fit = Fit(dataset, chosen, classes, model with { LabelOffset = offset }, device));
            return fit.Unexplained;
        }
    }

    private static IEnumerable<PixelOffset> Around(PixelOffset center, double step) =>
        new[] { center with { Rows = center.Rows - step }, center with { Rows = center.Rows + step }, center with { Columns = center.Columns - step }, center with { Columns = center.Columns + step } }
            .Where(offset => offset.IsPossible);

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
