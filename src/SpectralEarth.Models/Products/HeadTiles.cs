using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SpectralEarth.Models.Products;

/// <summary>What <see cref="AttentionHead"/> and <see cref="AttentionHeadGradient"/> share: the sizes of their blocks, in whole tiles, and products of these.</summary>
internal static unsafe class HeadTiles
{
    /// <summary>Queries at a time: weights of 1,024 keys take 200 KB.</summary>
    internal const int Together = 4 * TileKernel.Rows;

    /// <summary>Length of a row of weights: all keys, in whole tiles of rows and of columns.</summary>
    internal static nint Padded(long keys) => Math.Max(RoundUp(keys, TileKernel.Columns), RoundUp(RoundUp(keys, TileKernel.Rows), SoftmaxRows.Lanes));

    /// <summary>Numbers from one row of weights to the next: rows that lie a power of two apart would share their places in the caches.</summary>
    internal static nint RowLength(long keys) => Padded(keys) + SoftmaxRows.Lanes;

    /// <summary>As many as whole tiles hold.</summary>
    internal static nint RoundUp(long count, int tile) => (nint)((count + tile - 1) / tile * tile);

    /// <summary>c = a b, or + a b to what it holds, tile by tile.</summary>
    /// <param name="a">[M, K], whole tiles of rows.</param>
    /// <param name="b">K rows of whole tiles of columns, as <see cref="MatrixProduct.PackColumns"/> leaves them.</param>
    /// <param name="c">[M, N], numbers of a row side by side.</param>
    /// <param name="add">Whether to add.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Multiply(Matrix a, float* b, Matrix c, bool add)
    {
        var zeros = stackalloc float[TileKernel.Columns];
        new Span<float>(zeros, TileKernel.Columns).Clear();
        for (nint row = 0; row < c.Rows; row += TileKernel.Rows)
        {
            for (nint column = 0; column < c.Columns; column += TileKernel.Columns)
            {
                var to = c.Row(row) + column;
                TileKernel.Run((nint)a.Columns, a.Row(row), (nint)a.RowStride, (nint)a.ColumnStride, b + (column * (nint)a.Columns),
                    add ? to : zeros, add ? (nint)c.RowStride : 0, to, (nint)c.RowStride);
            }
        }
    }

    /// <summary>Copies rows, times a factor, and fills them and what is missing to whole tiles up with zeros.</summary>
    internal static void CopyRows(Matrix from, float factor, Matrix to)
    {
        for (nint row = 0; row < to.Rows; row++)
        {
            var target = new Span<float>(to.Row(row), (int)to.Columns);
            target.Clear();
            if (row < from.Rows)
                CopyRow(from.Row(row), factor, target[..(int)from.Columns]);
        }
    }

    /// <summary>Zeros in rows that lie side by side.</summary>
    internal static void Clear(Matrix rows) => new Span<float>(rows.Data, checked((int)(rows.Rows * rows.RowStride))).Clear();

    /// <summary>Copies a row, times a factor.</summary>
    internal static void CopyRow(float* from, float factor, Span<float> to)
    {
        var (factors, i) = (Vector512.Create(factor), 0);
        for (; i + Vector512<float>.Count <= to.Length; i += Vector512<float>.Count)
            (Vector512.Load(from + i) * factors).CopyTo(to[i..]);
        for (; i < to.Length; i++)
            to[i] = from[i] * factor;
    }
}
