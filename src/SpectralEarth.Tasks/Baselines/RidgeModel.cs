using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>
/// Linear regression of standardised numbers with a penalty on the squared coefficients (Hoerl and Kennard 1970). The penalty is, of
/// the powers of ten from 0.001 to 100,000, the one with the least squared error of samples left out one at a time, which needs no
/// further fit (Allen 1974; scikit-learn's RidgeCV).
/// </summary>
internal sealed class RidgeModel : ISampleModel
{
    private static readonly double[] Penalties = [.. Enumerable.Range(-3, 9).Select(power => Math.Pow(10, power))];

    private Standardization? standard;
    private Tensor? coefficients, means;    // [F, K], [1, K]

    /// <inheritdoc/>
    public void Fit(Tensor inputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        standard = new Standardization(inputs);
        var mean = targets.mean([0], keepdim: true);
        var (left, values, right) = linalg.svd(standard.Apply(inputs), fullMatrices: false);    // [M, R], [R], [R, F]
        var differences = targets - mean;
        var seen = left.transpose(0, 1).matmul(differences);                                    // [R, K]
        // Where every error is undefined, as with a single sample, nothing is known and the strongest penalty stays.
        var (best, least) = (Penalties[^1], double.PositiveInfinity);
        foreach (var penalty in Penalties)
        {
            var error = ErrorLeftOut(left, values, seen, differences, penalty);
            if (error < least)
                (best, least) = (penalty, error);
        }

        var gains = (values / (values.square() + best)).unsqueeze(1);
        coefficients = right.transpose(0, 1).matmul(gains * seen).to_type(ScalarType.Float32).DetachFromDisposeScope();
        means = mean.to_type(ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Answers(Tensor inputs)
    {
        using var scope = NewDisposeScope();
        return (standard!.Apply(inputs).matmul(coefficients!) + means!).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        standard?.Dispose();
        coefficients?.Dispose();
        means?.Dispose();
    }

    /// <summary>Sum of the squared errors of each sample by the fit to all others: its residual over 1 - its leverage.</summary>
    private static double ErrorLeftOut(Tensor left, Tensor values, Tensor seen, Tensor differences, double penalty)
    {
        using var scope = NewDisposeScope();
        var kept = values.square() / (values.square() + penalty);                        // [R]
        var residuals = differences - left.matmul(kept.unsqueeze(1) * seen);             // [M, K]
        var leverages = (left.square() * kept).sum([1]) + (1.0 / left.shape[0]);         // [M]
        return (residuals / (1 - leverages).unsqueeze(1)).square().sum().item<double>();
    }
}
