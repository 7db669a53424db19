using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SpectralEarth.Models;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>
/// Rows of a matrix, times vectors: for the few classes of a regression, where the tensor library's matrix product is slow.
/// </summary>
internal sealed unsafe class RowsInMemory
{
    /// <summary>Rows that are taken together where there are many: each vector is then read once for all of them.</summary>
    public const int Together = 4;

    private readonly Tensor matrix;
    private readonly double* first;

    /// <param name="matrix">Float64 [rows, width] on the processor; lives as long as this object is used.</param>
    public RowsInMemory(Tensor matrix)
    {
        this.matrix = matrix.contiguous();
        first = (double*)TensorAddress.Of(this.matrix);
        (Count, Width) = ((int)matrix.shape[0], (int)matrix.shape[1]);
    }

    /// <summary>Number of rows.</summary>
    public int Count { get; }

    /// <summary>Numbers of a row.</summary>
    public int Width { get; }

    /// <summary>A row.</summary>
    public ReadOnlySpan<double> this[int row] => new(first + ((long)row * Width), Width);

    /// <summary>result = matrix vector.</summary>
    public void Multiply(ReadOnlySpan<double> vector, Span<double> result)
    {
        for (var row = 0; row < Count; row++)
            result[row] = Dot(this[row], vector);
        GC.KeepAlive(matrix);
    }

    /// <summary>Sums of the products of a vector with the <see cref="Together"/> rows from <paramref name="row"/> on.</summary>
    public void DotTogether(int row, ReadOnlySpan<double> vector, Span<double> sums)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(row, Count - Together);
        ArgumentOutOfRangeException.ThrowIfLessThan(vector.Length, Width);
        var i = 0;
        var a = first + ((long)row * Width);
        fixed (double* other = vector)
        {
            Vector512<double> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
            for (; i <= Width - Vector512<double>.Count; i += Vector512<double>.Count)
            {
                var factors = Vector512.Load(other + i);
                sum0 = Vector512.FusedMultiplyAdd(Vector512.Load(a + i), factors, sum0);
                sum1 = Vector512.FusedMultiplyAdd(Vector512.Load(a + Width + i), factors, sum1);
                sum2 = Vector512.FusedMultiplyAdd(Vector512.Load(a + (2 * Width) + i), factors, sum2);
                sum3 = Vector512.FusedMultiplyAdd(Vector512.Load(a + (3 * Width) + i), factors, sum3);
            }

            (sums[0], sums[1], sums[2], sums[3]) = (Vector512.Sum(sum0), Vector512.Sum(sum1), Vector512.Sum(sum2), Vector512.Sum(sum3));
            for (; i < Width; i++)
                for (var one = 0; one < Together; one++)
                    sums[one] += a[(one * Width) + i] * other[i];
        }

        GC.KeepAlive(matrix);
    }

    /// <summary>sums += the <see cref="Together"/> rows from <paramref name="row"/> on, each times its factor.</summary>
    public void AddTogether(int row, ReadOnlySpan<double> factors, Span<double> sums)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(row, Count - Together);
        ArgumentOutOfRangeException.ThrowIfLessThan(sums.Length, Width);
        var i = 0;
        var a = first + ((long)row * Width);
        fixed (double* to = sums)
        {
            var (factor0, factor1, factor2, factor3) = (Vector512.Create(factors[0]), Vector512.Create(factors[1]), Vector512.Create(factors[2]), Vector512.Create(factors[3]));
            for (; i <= Width - Vector512<double>.Count; i += Vector512<double>.Count)
            {
                var sum = Vector512.FusedMultiplyAdd(Vector512.Load(a + i), factor0, Vector512.Load(to + i));
                sum = Vector512.FusedMultiplyAdd(Vector512.Load(a + Width + i), factor1, sum);
                sum = Vector512.FusedMultiplyAdd(Vector512.Load(a + (2 * Width) + i), factor2, sum);
                sum = Vector512.FusedMultiplyAdd(Vector512.Load(a + (3 * Width) + i), factor3, sum);
                sum.Store(to + i);
            }

            for (; i < Width; i++)
                for (var one = 0; one < Together; one++)
                    to[i] += a[(one * Width) + i] * factors[one];
        }

        GC.KeepAlive(matrix);
    }

    /// <summary>Sum of products.</summary>
    public static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        var a = MemoryMarshal.Cast<double, Vector<double>>(left);
        var b = MemoryMarshal.Cast<double, Vector<double>>(right);
        Vector<double> even = default, odd = default;          // sums that need not wait for each other
        var i = 0;
        for (; i + 1 < a.Length; i += 2)
        {
            even += a[i] * b[i];
            odd += a[i + 1] * b[i + 1];
        }

        if (i < a.Length)
            even += a[i] * b[i];
        var sum = Vector.Sum(even + odd);
        for (i = a.Length * Vector<double>.Count; i < left.Length; i++)
            sum += left[i] * right[i];
        return sum;
    }

    /// <summary>sums += factor row.</summary>
    public static void AddTimes(ReadOnlySpan<double> row, double factor, Span<double> sums)
    {
        var a = MemoryMarshal.Cast<double, Vector<double>>(row);
        var b = MemoryMarshal.Cast<double, Vector<double>>(sums);
        for (var i = 0; i < a.Length; i++)
            b[i] += a[i] * factor;
        for (var i = a.Length * Vector<double>.Count; i < row.Length; i++)
            sums[i] += row[i] * factor;
    }
}
