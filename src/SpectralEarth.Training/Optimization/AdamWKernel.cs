using System.Numerics;
using System.Runtime.InteropServices;
using SpectralEarth.Models;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Optimization;

/// <summary>
/// AdamW on the processor in one pass: every number is read and written once, where the tensor library's operations make
/// ten passes over memory. Numbers do not depend on each other, so neither threads nor their order change the result.
/// </summary>
internal static unsafe class AdamWKernel
{
    /// <summary>Numbers that a thread works on at a time; a multiple of every vector's length.</summary>
    private const long Stretch = 1 << 18;

    /// <summary>What is the same for all numbers of a group.</summary>
    /// <param name="Kept">Share of the value that weight decay leaves.</param>
    /// <param name="Beta1">Decay rate of the mean.</param>
    /// <param name="Beta2">Decay rate of the square.</param>
    /// <param name="Correction">Root of the bias correction of the square.</param>
    /// <param name="Eps">Added to the denominator.</param>
    /// <param name="Rate">Learning rate by the bias correction of the mean.</param>
    internal readonly record struct Factors(double Kept, double Beta1, double Beta2, double Correction, double Eps, double Rate);

    /// <summary>Updates flat float32 buffers in the processor's memory; their length is a multiple of 16.</summary>
    /// <param name="value">What is trained, [length].</param>
    /// <param name="gradient">Gradients, [length].</param>
    /// <param name="gradientScale">What the gradients are multiplied with: <see cref="FlatParameters.GradientScale"/>.</param>
    /// <param name="mean">First moments, [length].</param>
    /// <param name="square">Second moments, [length].</param>
    /// <param name="factors">What is the same for all numbers.</param>
    public static void Update(Tensor value, Tensor gradient, float gradientScale, Tensor mean, Tensor square, Factors factors)
    {
        float* values = Address(value), gradients = Address(gradient), means = Address(mean), squares = Address(square);
        var count = value.NumberOfElements;
        var stretches = (count + Stretch - 1) / Stretch;
        Parallel.For(0, stretches, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, stretch =>
        {
            var first = stretch * Stretch;
            var length = (int)Math.Min(Stretch, count - first);
            Stretched(new(values + first, length), new(gradients + first, length), gradientScale, new(means + first, length), new(squares + first, length), factors);
        });
    }

    private static void Stretched(Span<float> value, Span<float> gradient, float gradientScale, Span<float> mean, Span<float> square, Factors factors)
    {
        var values = MemoryMarshal.Cast<float, Vector<float>>(value);
        var gradients = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        var means = MemoryMarshal.Cast<float, Vector<float>>(mean);
        var squares = MemoryMarshal.Cast<float, Vector<float>>(square);
        var (beta1, rest1) = (new Vector<float>((float)factors.Beta1), new Vector<float>((float)(1 - factors.Beta1)));
        var (beta2, rest2) = (new Vector<float>((float)factors.Beta2), new Vector<float>((float)(1 - factors.Beta2)));
        var (kept, rate) = (new Vector<float>((float)factors.Kept), new Vector<float>((float)factors.Rate));
        var scale = new Vector<float>(gradientScale);
        var (correction, eps) = (new Vector<float>((float)factors.Correction), new Vector<float>((float)factors.Eps));
        for (var i = 0; i < values.Length; i++)
        {
            var slope = gradients[i] * scale;
            var direction = (means[i] * beta1) + (slope * rest1);
            var spread = (squares[i] * beta2) + (slope * slope * rest2);
            means[i] = direction;
            squares[i] = spread;
            values[i] = (values[i] * kept) - (rate * (direction / ((Vector.SquareRoot(spread) / correction) + eps)));
        }
    }

    private static float* Address(Tensor tensor) => (float*)TensorAddress.Of(tensor);
}
