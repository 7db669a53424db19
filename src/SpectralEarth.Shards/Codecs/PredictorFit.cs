using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SpectralEarth.Shards.Codecs;

/// <summary>
/// Least-squares fit of a channel to the eight before it. Sums are exact integers and the small system is solved in a
/// fixed order in double precision, so every machine finds the same weights.
/// </summary>
internal sealed class PredictorFit(int count)
{
    private const int Rows = ChannelWindow.Rows;
    private const int Lanes = 16;

    // Products and sums of the channels in the ring, by ring position.
    private readonly long[,] products = new long[Rows, Rows];
    private readonly long[] sums = new long[Rows];

    /// <summary>Predictor of the window's current channel; call for every channel in order.</summary>
    public SpectralPredictor Next(in ChannelWindow window, int channel)
    {
        var order = Math.Min(channel, SpectralPredictor.Order);
        var current = ChannelWindow.Slot(channel, 0);
        sums[current] = Sum(window.Current);
        for (var back = 0; back <= order; back++)
        {
            var other = ChannelWindow.Slot(channel, back);
            products[current, other] = products[other, current] = Product(window.Current, window.Row(back));
        }

        Span<double> means = stackalloc double[order];
        for (var i = 0; i < order; i++)
            means[i] = (double)sums[ChannelWindow.Slot(channel, i + 1)] / count;
        Span<double> weights = stackalloc double[order];
        Solve(channel, weights);
        return SpectralPredictor.FromFit(weights, (double)sums[current] / count, means);
    }

    /// <summary>Solves the normal equations by Cholesky decomposition.</summary>
    private void Solve(int channel, Span<double> weights)
    {
        var order = weights.Length;
        Span<double> factor = stackalloc double[SpectralPredictor.Order * SpectralPredictor.Order];
        for (var i = 0; i < order; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var value = Covariance(channel, i + 1, j + 1);
                // One squared digital number of noise keeps empty and equal channels solvable.
                if (i == j)
                    value += count;
                for (var k = 0; k < j; k++)
                    value -= factor[(i * order) + k] * factor[(j * order) + k];
                factor[(i * order) + j] = i == j ? Math.Sqrt(Math.Max(value, 1)) : value / factor[(j * order) + j];
            }
        }

        for (var i = 0; i < order; i++)
        {
            var value = Covariance(channel, 0, i + 1);
            for (var k = 0; k < i; k++)
                value -= factor[(i * order) + k] * weights[k];
            weights[i] = value / factor[(i * order) + i];
        }

        for (var i = order - 1; i >= 0; i--)
        {
            var value = weights[i];
            for (var k = i + 1; k < order; k++)
                value -= factor[(k * order) + i] * weights[k];
            weights[i] = value / factor[(i * order) + i];
        }
    }

    private double Covariance(int channel, int back, int otherBack)
    {
        var (a, b) = (ChannelWindow.Slot(channel, back), ChannelWindow.Slot(channel, otherBack));
        return products[a, b] - ((double)sums[a] * sums[b] / count);
    }

    private static long Sum(ReadOnlySpan<short> row)
    {
        ref var first = ref MemoryMarshal.GetReference(row);
        var sum = Vector256<long>.Zero;
        for (var at = 0; at < row.Length; at += Lanes)
        {
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref first, (nuint)at));
            var (a, b) = Vector256.Widen(low + high);
            sum += a + b;
        }

        return Vector256.Sum(sum);
    }

    private static long Product(ReadOnlySpan<short> row, ReadOnlySpan<short> other)
    {
        ref var first = ref MemoryMarshal.GetReference(row);
        ref var second = ref MemoryMarshal.GetReference(other);
        var sum = Vector256<long>.Zero;
        for (var at = 0; at < row.Length; at += Lanes)
        {
            var (a, b) = Vector256.Widen(Pairs(Vector256.LoadUnsafe(ref first, (nuint)at), Vector256.LoadUnsafe(ref second, (nuint)at)));
            sum += a + b;
        }

        return Vector256.Sum(sum);
    }

    /// <summary>Sums of two products each; 2 x 32768 x 32768 alone wraps, alike on every machine.</summary>
    private static Vector256<int> Pairs(Vector256<short> a, Vector256<short> b)
    {
        if (Avx2.IsSupported)
            return Avx2.MultiplyAddAdjacent(a, b);
        var (aLow, aHigh) = Vector256.Widen(a);
        var (bLow, bHigh) = Vector256.Widen(b);
        return Fold(aLow * bLow, aHigh * bHigh);
    }

    // The wrap happens in adjacent pairs, so the plain form must add adjacent pairs too.
    private static Vector256<int> Fold(Vector256<int> low, Vector256<int> high) => Vector256.Create(
        low[0] + low[1], low[2] + low[3], low[4] + low[5], low[6] + low[7],
        high[0] + high[1], high[2] + high[3], high[4] + high[5], high[6] + high[7]);
}
