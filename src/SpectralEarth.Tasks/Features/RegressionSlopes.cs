using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>Gradient of the summed cross-entropy of a multinomial regression, each sample read once. The result does not depend on the number of threads.</summary>
/// <param name="inputs">Features, [M, F].</param>
/// <param name="labels">Class indices, M.</param>
/// <param name="classes">Number of classes L.</param>
internal sealed class RegressionSlopes(RowsInMemory inputs, long[] labels, int classes)
{
    /// <summary>Samples that a thread works on at a time.</summary>
    private const int PartSamples = 512;

    private readonly double[][] parts = [.. Enumerable.Range(0, (inputs.Count + PartSamples - 1) / PartSamples).Select(_ => new double[classes * inputs.Width])];

    /// <summary>The gradient, [L, F].</summary>
    /// <param name="coefficients">Where, [L, F].</param>
    public double[] At(double[] coefficients)
    {
        Parallel.For(0, parts.Length, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, part =>
        {
            Array.Clear(parts[part]);
            Span<double> slopes = stackalloc double[classes * RowsInMemory.Together];
            var (sample, end) = (part * PartSamples, Math.Min(inputs.Count, (part + 1) * PartSamples));
            for (; sample <= end - RowsInMemory.Together; sample += RowsInMemory.Together)
                AddTogether(sample, coefficients, slopes, parts[part]);
            for (; sample < end; sample++)
                Add(sample, coefficients, slopes, parts[part]);
        });
        var sum = new double[classes * inputs.Width];
        foreach (var part in parts)
            RowsInMemory.AddTimes(part, 1, sum);
        return sum;
    }

    /// <summary>Adds the gradients of several samples.</summary>
    private void AddTogether(int first, ReadOnlySpan<double> coefficients, Span<double> slopes, Span<double> sums)
    {
        const int Together = RowsInMemory.Together;
        var width = inputs.Width;
        for (var label = 0; label < classes; label++)
            inputs.DotTogether(first, coefficients.Slice(label * width, width), slopes.Slice(label * Together, Together));
        for (var one = 0; one < Together; one++)
            ToSlopes(slopes[one..], Together, labels[first + one]);
        for (var label = 0; label < classes; label++)
            inputs.AddTogether(first, slopes.Slice(label * Together, Together), sums.Slice(label * width, width));
    }

    private void Add(int sample, ReadOnlySpan<double> coefficients, Span<double> slopes, Span<double> sums)
    {
        var row = inputs[sample];
        var width = inputs.Width;
        for (var label = 0; label < classes; label++)
            slopes[label] = RowsInMemory.Dot(row, coefficients.Slice(label * width, width));
        ToSlopes(slopes, 1, labels[sample]);
        for (var label = 0; label < classes; label++)
            RowsInMemory.AddTimes(row, slopes[label], sums.Slice(label * width, width));
    }

    /// <summary>Turns a sample's scores of the classes, some apart, into the slopes of its cross-entropy: probability less truth.</summary>
    private void ToSlopes(Span<double> scores, int apart, long truth)
    {
        var (largest, total) = (double.NegativeInfinity, 0.0);
        for (var label = 0; label < classes; label++)
            largest = Math.Max(largest, scores[label * apart]);
        for (var label = 0; label < classes; label++)
            total += scores[label * apart] = Math.Exp(scores[label * apart] - largest);
        for (var label = 0; label < classes; label++)
            scores[label * apart] = (scores[label * apart] / total) - (truth == label ? 1 : 0);
    }
}
