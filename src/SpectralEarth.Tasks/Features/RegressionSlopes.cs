using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>Gradient of the summed cross-entropy of a multinomial regression, each sample read once. The result does not depend on the number of threads.</summary>
/// <param name="inputs">Features, [M, F].</param>
/// <param name="labels">Class indices, M.</param>
/// <param name="classes">Number of classes L.</param>
internal sealed class RegressionSlopes(RowsInMemory inputs, long[] labels, int classes)
{
    /// <summary>Samples that a thread works on at a time.</summary>
    private const int Together = 512;

    private readonly double[][] parts = [.. Enumerable.Range(0, (inputs.Count + Together - 1) / Together).Select(_ => new double[classes * inputs.Width])];

    /// <summary>The gradient, [L, F].</summary>
    /// <param name="coefficients">Where, [L, F].</param>
    public double[] At(double[] coefficients)
    {
        Parallel.For(0, parts.Length, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, part =>
        {
            Array.Clear(parts[part]);
            Span<double> probabilities = stackalloc double[classes];
            for (var sample = part * Together; sample < Math.Min(inputs.Count, (part + 1) * Together); sample++)
                Add(sample, coefficients, probabilities, parts[part]);
        });
        var sum = new double[classes * inputs.Width];
        foreach (var part in parts)
            RowsInMemory.AddTimes(part, 1, sum);
        return sum;
    }

    private void Add(int sample, ReadOnlySpan<double> coefficients, Span<double> probabilities, Span<double> sums)
    {
        var row = inputs[sample];
        var width = inputs.Width;
        var largest = double.NegativeInfinity;
        for (var label = 0; label < classes; label++)
        {
            probabilities[label] = RowsInMemory.Dot(row, coefficients.Slice(label * width, width));
            largest = Math.Max(largest, probabilities[label]);
        }

        var total = 0.0;
        for (var label = 0; label < classes; label++)
            total += probabilities[label] = Math.Exp(probabilities[label] - largest);
        for (var label = 0; label < classes; label++)
            RowsInMemory.AddTimes(row, (probabilities[label] / total) - (labels[sample] == label ? 1 : 0), sums.Slice(label * width, width));
    }
}
