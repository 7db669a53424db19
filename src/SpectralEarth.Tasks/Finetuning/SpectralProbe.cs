using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Tasks.Features;
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
        var (bands, side) = (dataset.Manifest.Bands.Count, dataset.Manifest.PatchSize);
        var (spectra, labels) = PixelSample.Take(dataset, patches, classes, batch =>            // [M, 3 C], [M]
        {
            var numbers = tensor(batch.Pixels, [1, bands, side, side]).to(device);
            var validity = tensor(batch.Validity, [1, side, side]).to(device);
            return SegmentationModel.Surroundings(normalization.Apply(numbers, validity));
        });
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
}
