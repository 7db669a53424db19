using System.Numerics;
using System.Runtime.InteropServices;
using SpectralEarth.Models;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Optimization;

/// <summary>
/// Length of a long vector on the processor, as fast as memory gives the numbers. Sums of blocks are added in float64 and in a fixed order:
/// the result does not depend on the number of threads.
/// </summary>
internal static unsafe class EuclideanNorm
{
    /// <summary>Numbers that a thread works on at a time, and those whose squares are added up in float32.</summary>
    private const int Stretch = 1 << 20, Block = 1 << 12;

    /// <param name="values">Float32, [length], contiguous, in the processor's memory.</param>
    /// <returns>NaN if a number is, infinite if a square is.</returns>
    public static double Of(Tensor values)
    {
        var numbers = (float*)TensorAddress.Of(values);
        var count = values.NumberOfElements;
        var sums = new double[(count + Stretch - 1) / Stretch];
        Parallel.For(0, sums.Length, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, stretch =>
        {
            var first = (long)stretch * Stretch;
            sums[stretch] = SumOfSquares(new ReadOnlySpan<float>(numbers + first, (int)Math.Min(Stretch, count - first)));
        });
        GC.KeepAlive(values);
        return Math.Sqrt(sums.Sum());
    }

    private static double SumOfSquares(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        for (; values.Length > Block; values = values[Block..])
            sum += SumOfBlock(values[..Block]);
        return sum + SumOfBlock(values);
    }

    private static float SumOfBlock(ReadOnlySpan<float> values)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> one = default, two = default, three = default, four = default;      // sums that need not wait for each other
        var i = 0;
        for (; i + 3 < vectors.Length; i += 4)
        {
            one += vectors[i] * vectors[i];
            two += vectors[i + 1] * vectors[i + 1];
            three += vectors[i + 2] * vectors[i + 2];
            four += vectors[i + 3] * vectors[i + 3];
        }

        for (; i < vectors.Length; i++)
            one += vectors[i] * vectors[i];
        var sum = Vector.Sum(one + two + (three + four));
        foreach (var value in values[(vectors.Length * Vector<float>.Count)..])
            sum += value * value;
        return sum;
    }
}
