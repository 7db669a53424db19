using static TorchSharp.torch;

namespace SpectralEarth.Models.Products;

/// <summary>A matrix of float32 in the processor's memory, with any distance between its rows and columns; whoever uses it keeps the memory alive.</summary>
/// <param name="data">First number.</param>
/// <param name="rows">Rows.</param>
/// <param name="columns">Columns.</param>
/// <param name="rowStride">Numbers from one row to the next.</param>
/// <param name="columnStride">Numbers from one column to the next.</param>
internal readonly unsafe struct Matrix(float* data, long rows, long columns, long rowStride, long columnStride)
{
    internal float* Data => data;

    internal long Rows => rows;

    internal long Columns => columns;

    internal long RowStride => rowStride;

    internal long ColumnStride => columnStride;

    /// <summary>The numbers of a tensor [rows, columns] of any strides.</summary>
    internal static Matrix Of(Tensor tensor)
    {
        var (shape, strides) = (tensor.shape, tensor.stride());
        return new Matrix((float*)TensorAddress.OfFirst(tensor), shape[0], shape[1], strides[0], strides[1]);
    }

    /// <summary>Rows as columns.</summary>
    internal Matrix Transposed => new(data, columns, rows, columnStride, rowStride);

    /// <summary>First number of a row.</summary>
    internal float* Row(nint row) => data + (row * (nint)rowStride);

    /// <summary>Some rows.</summary>
    internal Matrix RowsFrom(long first, long count) => new(data + (first * rowStride), count, columns, rowStride, columnStride);

    /// <summary>Some columns.</summary>
    internal Matrix ColumnsFrom(long first, long count) => new(data + (first * columnStride), rows, count, rowStride, columnStride);
}
