using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>
/// Multinomial logistic regression with a fixed bound of the curvature in place of the Hessian (Böhning 1992, section 3),
/// which descends steadily and needs no line search.
/// </summary>
internal static class LogisticRegression
{
    private const int Iterations = 1500;

    /// <summary>Weight of the squared coefficients in the summed loss (scikit-learn's C = 10).</summary>
    private const double Penalty = 0.1;

    /// <summary>Coefficients of the classes.</summary>
    /// <param name="inputs">Features and a one, [M, F + 1].</param>
    /// <param name="labels">Class indices, [M].</param>
    /// <param name="classes">Number of classes L.</param>
    /// <returns>Coefficients, [F + 1, L].</returns>
    public static Tensor Fit(Tensor inputs, Tensor labels, int classes)
    {
        using var scope = NewDisposeScope();
        var targets = nn.functional.one_hot(labels, classes).to(float64);                                     // [M, L]
        var penalty = full([inputs.shape[1]], Penalty, dtype: float64);
        penalty[^1] = 1e-6;                                                                                   // the intercept is free
        var bound = (inputs.transpose(0, 1).matmul(inputs) * 0.5) + diag(penalty);
        var inverse = linalg.inv(bound);                                                                      // [F + 1, F + 1]
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
