using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SpectralEarth.Models.Products;

/// <summary>The steps of attention between its products, a row at a time. Rows are padded to whole registers of AVX-512.</summary>
internal static unsafe class SoftmaxRows
{
    /// <summary>Lengths of rows are multiples of it.</summary>
    internal const int Lanes = 16;

    /// <summary>Largest score of a row; any number or none if one of them is no number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Largest(float* scores, nint length)
    {
        var largest = Vector512.Create(float.NegativeInfinity);
        for (nint i = 0; i < length; i += Lanes)
            largest = Avx512F.Max(largest, Vector512.Load(scores + i));
        var most = float.NegativeInfinity;
        for (var lane = 0; lane < Lanes; lane++)
            most = MathF.Max(most, largest[lane]);
        return most;
    }

    /// <summary>Replaces scores by exp(score - less): 0 where the score is negative infinity and <paramref name="less"/> is not.</summary>
    /// <returns>Their sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Exponentiate(float* scores, nint length, float less)
    {
        var (sum, offset) = (Vector512<float>.Zero, Vector512.Create(less));
        for (nint i = 0; i < length; i += Lanes)
        {
            var power = Exp(Vector512.Load(scores + i) - offset);
            power.Store(scores + i);
            sum += power;
        }

        return Vector512.Sum(sum);
    }

    /// <summary>Replaces slopes by (slope - along) weight: what the gradient of weights is to scores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void ToScores(float* slopes, nint length, float along, float* weights)
    {
        var less = Vector512.Create(along);
        for (nint i = 0; i < length; i += Lanes)
            ((Vector512.Load(slopes + i) - less) * Vector512.Load(weights + i)).Store(slopes + i);
    }

    /// <summary>Sum of the products of two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Dot(float* a, float* b, nint length)
    {
        var sum = Vector512<float>.Zero;
        for (nint i = 0; i < length; i += Lanes)
            sum = Avx512F.FusedMultiplyAdd(Vector512.Load(a + i), Vector512.Load(b + i), sum);
        return Vector512.Sum(sum);
    }

    /// <summary>
    /// Exponential of numbers up to 88, off by two units of the last digit at most: powers of two by the exponent, the rest by Cephes' polynomial
    /// (Moshier, expf.c). What is no number stays so.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp(Vector512<float> power)
    {
        const float Lowest = -105, LogE = 1.44269504f, Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;
        var x = Avx512F.Max(Vector512.Create(Lowest), power);            // this way round: of a pair with NaN the second is taken
        var twos = Avx512F.RoundScale(x * Vector512.Create(LogE), 0);
        var rest = Avx512F.FusedMultiplyAddNegated(twos, Vector512.Create(Ln2High), x);
        rest = Avx512F.FusedMultiplyAddNegated(twos, Vector512.Create(Ln2Low), rest);
        var sum = Vector512.Create(1.9875691500e-4f);
        sum = Avx512F.FusedMultiplyAdd(sum, rest, Vector512.Create(1.3981999507e-3f));
        sum = Avx512F.FusedMultiplyAdd(sum, rest, Vector512.Create(8.3334519073e-3f));
        sum = Avx512F.FusedMultiplyAdd(sum, rest, Vector512.Create(4.1665795894e-2f));
        sum = Avx512F.FusedMultiplyAdd(sum, rest, Vector512.Create(1.6666665459e-1f));
        sum = Avx512F.FusedMultiplyAdd(sum, rest, Vector512.Create(5.0000001201e-1f));
        sum = Avx512F.FusedMultiplyAdd(sum, rest * rest, rest + Vector512<float>.One);
        return Avx512F.Scale(sum, twos);
    }
}
