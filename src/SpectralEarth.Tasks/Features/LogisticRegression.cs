using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>
/// Multinomial logistic regression with a fixed bound of the curvature in place of the Hessian (Böhning 1992, section 3),
/// which descends steadily and needs no line search.
/// </summary>
internal static class LogisticRegression
{
    private const int MostIterations = 1500;

    /// <summary>
    /// Length of the gradient in the bound's metric at which to stop: on the real scene's labels the summed loss is then 2,203.712,
    /// in the end 2,203.711.
    /// </summary>
    private const double Enough = 0.001;

    /// <summary>Usual weight of the squared coefficients in the summed loss (scikit-learn's C = 10).</summary>
    private const double UsualPenalty = 0.1;

    /// <summary>The intercept is nearly free.</summary>
    private const double InterceptPenalty = 1e-6;

    /// <summary>Coefficients of the classes.</summary>
    /// <param name="inputs">Features and a one, float64 [M, F + 1], on the processor.</param>
    /// <param name="labels">Class indices, [M].</param>
    /// <param name="classes">Number of classes L.</param>
    /// <param name="penalty">Weight of the squared coefficients in the summed loss, 1 / C of scikit-learn.</param>
    /// <returns>Coefficients, [F + 1, L].</returns>
    public static Tensor Fit(Tensor inputs, Tensor labels, int classes, double penalty = UsualPenalty)
    {
        using var scope = NewDisposeScope();
        var width = (int)inputs.shape[1];
        var penalties = full([width], penalty, dtype: float64);
        penalties[^1] = InterceptPenalty;
        var bound = (inputs.transpose(0, 1).matmul(inputs) * 0.5) + diag(penalties);
        var inverse = new RowsInMemory(linalg.inv(bound));                                                    // [F + 1, F + 1], symmetric
        var slopes = new RegressionSlopes(new RowsInMemory(inputs), labels.data<long>().ToArray(), classes);
        double[] current = new double[classes * width], previous = new double[classes * width];               // [L, F + 1]
        double[] ahead = new double[classes * width], step = new double[classes * width];
        for (int iteration = 0, speed = 0; iteration < MostIterations; iteration++, speed++)
        {
            // Nesterov's extrapolation; the bound keeps its step length safe (Beck and Teboulle 2009, section 4).
            var further = speed / (speed + 3.0);
            for (var i = 0; i < ahead.Length; i++)
                ahead[i] = current[i] + ((current[i] - previous[i]) * further);
            var gradient = slopes.At(ahead);
            for (var i = 0; i < gradient.Length; i++)
                gradient[i] += ahead[i] * (i % width == width - 1 ? InterceptPenalty : penalty);
            for (var label = 0; label < classes; label++)
                inverse.Multiply(gradient.AsSpan(label * width, width), step.AsSpan(label * width, width));
            (previous, current) = (current, previous);
            for (var i = 0; i < ahead.Length; i++)
                current[i] = ahead[i] - step[i];
            // It went uphill: begin again without speed (O'Donoghue and Candès 2015, section 3.2).
            if (RowsInMemory.Dot(gradient, current) > RowsInMemory.Dot(gradient, previous))
                speed = -1;
            if (RowsInMemory.Dot(gradient, step) < Enough * Enough)
                break;
        }

        return tensor(current, [classes, width]).transpose(0, 1).contiguous().MoveToOuterDisposeScope();
    }
}
