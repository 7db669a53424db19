using System.Numerics;
using System.Runtime.InteropServices;
using SpectralEarth.Models;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>
/// Rows of a matrix, times vectors: for the few classes of a regression, where the tensor library's matrix product is slow.
/// </summary>
internal sealed unsafe class RowsInMemory
{
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
