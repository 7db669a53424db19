using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace SpectralEarth.Models.Products;

/// <summary>
/// The steps of attention between its products, row by row and in one pass each, where the tensor library's operations make one pass over
/// all weights after the other. Rows do not depend on each other, nor the result on the number of threads.
/// </summary>
internal static unsafe class SoftmaxRows
{
    /// <summary>Rows that a thread works on at a time.</summary>
    private const int Together = 64;

    /// <summary>Replaces scores by exp(score - largest of the row).</summary>
    /// <param name="scores">Float32 [..., N], contiguous.</param>
    /// <param name="largest">Receives the largest score of each row, [..., 1].</param>
    /// <param name="sums">Receives the sum of each row, [..., 1].</param>
    internal static void Exponentials(Tensor scores, Tensor largest, Tensor sums)
    {
        float* first = Address(scores), ofLargest = Address(largest), ofSums = Address(sums);
        ForRows(scores, (row, length) =>
        {
            var numbers = first + (row * length);
            ofLargest[row] = Largest(numbers, length);
            ofSums[row] = Exponentiate(numbers, length, ofLargest[row]);
        });
        GC.KeepAlive(largest);
        GC.KeepAlive(sums);
    }

    /// <summary>Replaces scores by exp(score - logarithm of the row's sum): weights that sum to 1.</summary>
    /// <param name="scores">Float32 [..., N], contiguous.</param>
    /// <param name="logSums">Logarithms of the sums, [..., 1], contiguous.</param>
    internal static void Normalize(Tensor scores, Tensor logSums)
    {
        float* first = Address(scores), ofSums = Address(logSums);
        ForRows(scores, (row, length) => Exponentiate(first + (row * length), length, ofSums[row]));
        GC.KeepAlive(logSums);
    }

    /// <summary>Replaces slopes by (slope - along) weight: what the gradient of weights is to scores.</summary>
    /// <param name="slopes">Float32 [..., N], contiguous.</param>
    /// <param name="along">Of each row, [..., 1], contiguous.</param>
    /// <param name="weights">[..., N], contiguous.</param>
    internal static void ToScores(Tensor slopes, Tensor along, Tensor weights)
    {
        float* first = Address(slopes), ofAlong = Address(along), ofWeights = Address(weights);
        ForRows(slopes, (row, length) =>
        {
            float* to = first + (row * length), by = ofWeights + (row * length);
            var (less, i) = (ofAlong[row], 0L);
            for (; i + Vector512<float>.Count <= length; i += Vector512<float>.Count)
                ((Vector512.Load(to + i) - Vector512.Create(less)) * Vector512.Load(by + i)).Store(to + i);
            for (; i < length; i++)
                to[i] = (to[i] - less) * by[i];
        });
        GC.KeepAlive(along);
        GC.KeepAlive(weights);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Largest(float* numbers, long length)
    {
        var largest = Vector512.Create(float.NegativeInfinity);
        var i = 0L;
        for (; i + Vector512<float>.Count <= length; i += Vector512<float>.Count)
            largest = Vector512.Max(largest, Vector512.Load(numbers + i));
        var most = float.NegativeInfinity;
        for (var lane = 0; lane < Vector512<float>.Count; lane++)
            most = MathF.Max(most, largest[lane]);
        for (; i < length; i++)
            most = MathF.Max(most, numbers[i]);
        return most;
    }

    /// <summary>Replaces numbers by exp(number - less) and returns their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentiate(float* numbers, long length, float less)
    {
        var (sums, offset) = (Vector512<float>.Zero, Vector512.Create(less));
        var i = 0L;
        for (; i + Vector512<float>.Count <= length; i += Vector512<float>.Count)
        {
            var power = Vector512.Exp(Vector512.Load(numbers + i) - offset);
            power.Store(numbers + i);
            sums += power;
        }

        var sum = Vector512.Sum(sums);
        for (; i < length; i++)
            sum += numbers[i] = MathF.Exp(numbers[i] - less);
        return sum;
    }

    private static void ForRows(Tensor rows, Action<long, long> work)
    {
        var length = rows.shape[^1];
        var count = rows.NumberOfElements / length;
        Parallel.For(0, (count + Together - 1) / Together, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, part =>
        {
            for (var row = part * Together; row < Math.Min(count, (part + 1) * Together); row++)
                work(row, length);
        });
        GC.KeepAlive(rows);
    }

    private static float* Address(Tensor tensor) => (float*)TensorAddress.Of(tensor);
}
