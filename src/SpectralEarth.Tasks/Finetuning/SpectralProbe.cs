using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Tasks.Metrics;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>
/// Fits the linear classifier of spectra in a fusion decoder before the network is trained, so that fine-tuning starts
/// from a good solution instead of distorting pretrained features on the way to one (Kumar et al. 2022, LP-FT). Multinomial
/// logistic regression with a fixed bound of the curvature in place of the Hessian (Böhning 1992, section 3), which
/// descends steadily, needs no line search and, unlike gradient descent, finds the directions in which bands hardly differ.
/// </summary>
internal static class SpectralProbe
{
    private const int Iterations = 1500;
    private const int MostPixels = 20_000;

    /// <summary>Weight of the squared coefficients in the summed loss (scikit-learn's C = 10).</summary>
    private const double Penalty = 0.1;

    /// <summary>Fits the classifier to the labelled pixels of some patches and puts it into the network.</summary>
    /// <param name="network">Network with a fusion decoder.</param>
    /// <param name="dataset">Labelled data set.</param>
    /// <param name="patches">Training patches.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="normalization">Normalisation of the network.</param>
    /// <param name="device">Device of the normalisation.</param>
    public static void Fit(SegmentationModel network, Dataset dataset, IReadOnlyList<int> patches, ClassTable classes, BandNormalization normalization, Device device)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (spectra, labels) = Labelled(dataset, patches, classes, normalization, device);    // [M, 3 C], [M]
        var inputs = cat([spectra, ones(spectra.shape[0], 1, dtype: float64)], 1);             // [M, 3 C + 1]
        var coefficients = Regress(inputs, labels, classes.Count);                             // [3 C + 1, L]
        network.SetSpectralClassifier(coefficients[..^1].transpose(0, 1), coefficients[^1]);
    }

    /// <param name="inputs">Spectra and a one, [M, C + 1].</param>
    /// <param name="labels">Class indices, [M].</param>
    /// <param name="classes">Number of classes L.</param>
    /// <returns>Coefficients, [C + 1, L].</returns>
    internal static Tensor Regress(Tensor inputs, Tensor labels, int classes)
    {
        using var scope = NewDisposeScope();
        var targets = nn.functional.one_hot(labels, classes).to(float64);                                     // [M, L]
        var penalty = full([inputs.shape[1]], Penalty, dtype: float64);
        penalty[^1] = 1e-6;                                                                                   // the intercept is free
        var bound = (inputs.transpose(0, 1).matmul(inputs) * 0.5) + diag(penalty);
        var inverse = linalg.inv(bound);                                                                      // [C + 1, C + 1]
        var (current, previous) = (zeros(inputs.shape[1], classes, dtype: float64), zeros(inputs.shape[1], classes, dtype: float64));
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            using var step = NewDisposeScope();
            // Nesterov's extrapolation; the bound keeps its step length safe (Beck and Teboulle 2009, section 4).
            var ahead = current + ((current - previous) * (iteration / (iteration + 3.0)));
            var errors = nn.functional.softmax(inputs.matmul(ahead), 1) - targets;
            var gradient = inputs.transpose(0, 1).matmul(errors) + (ahead * penalty.unsqueeze(1));
            var next = (ahead - inverse.matmul(gradient)).MoveToOuterDisposeScope();
            previous.Dispose();
            (previous, current) = (current, next);
        }

        return current.MoveToOuterDisposeScope();
    }

    /// <summary>Inputs [M, 3 C] and classes [M] of the labelled pixels, each once, thinned to about <see cref="MostPixels"/>.</summary>
    private static (Tensor Inputs, Tensor Classes) Labelled(
        Dataset dataset, IReadOnlyList<int> patches, ClassTable classes, BandNormalization normalization, Device device)
    {
        var (bands, side) = (dataset.Manifest.Bands.Count, dataset.Manifest.PatchSize);
        // A pixel lies in (side / stride)^2 patches at most.
        var stride = (double)Math.Min(side, dataset.Manifest.Stride);
        var every = (long)Math.Ceiling(patches.Sum(index => dataset.Catalog[index].LabelledFraction) * stride * stride / MostPixels);
        var (inputs, labels, known) = (new List<Tensor>(), new List<long>(), new HashSet<(string Scene, int Row, int Column)>());
        foreach (var index in patches)
        {
            var (patch, info) = (dataset.Read(index), dataset.Catalog[index]);
            var reference = LabelCensus.Reference(patch.Labels, patch.Validity, classes);
            var chosen = Enumerable.Range(0, reference.Length)
                .Where(pixel => reference[pixel] != ConfusionMatrix.Ignore)
                .Where(pixel => IsKept(info.SceneRow + (pixel / side), info.SceneColumn + (pixel % side), every))
                .Where(pixel => known.Add((info.SceneId, info.SceneRow + (pixel / side), info.SceneColumn + (pixel % side))))
                .Select(pixel => (long)pixel).ToArray();
            if (chosen.Length == 0)
                continue;
            labels.AddRange(chosen.Select(pixel => (long)reference[pixel]));
            using var reading = NewDisposeScope();
            var numbers = tensor(patch.Pixels, [1, bands, side, side]).to(device);
            var validity = tensor(patch.Validity, [1, side, side]).to(device);
            var seen = SegmentationModel.Surroundings(normalization.Apply(numbers, validity)).flatten(2).squeeze(0);    // [3 C, H W]
            inputs.Add(seen.index_select(1, tensor(chosen).to(device)).transpose(0, 1).to(float64).cpu().MoveToOuterDisposeScope());
        }

        return (cat(inputs, 0), tensor(labels));
    }

    /// <summary>True for one in <paramref name="every"/> pixels, scattered and the same in every patch.</summary>
    private static bool IsKept(long row, long column, long every) =>
        (ulong)((row * 73_856_093) ^ (column * 19_349_663)) % (ulong)every == 0;
}
