namespace SpectralEarth.Models.Products;

/// <summary>
/// Attention of one head (Vaswani et al. 2017, equation 1) on one thread. Some queries at a time meet all keys, so that their weights stay in
/// the processor's second cache and are never all there (Dao et al. 2022, section 3.1). The order of every sum depends on the numbers of tokens only.
/// </summary>
internal sealed unsafe class AttentionHead : IDisposable
{
    private readonly Scratch scratch = new();
    private readonly int keys, size;
    private readonly nint padded, columns;
    private readonly float* keysAcross, valuesAlong;
    private readonly Matrix queryBlock, weightBlock, resultBlock;

    /// <param name="keys">Tokens N that are looked at.</param>
    /// <param name="size">Numbers d of a query, key or value.</param>
    internal AttentionHead(int keys, int size)
    {
        (this.keys, this.size, padded, columns) = (keys, size, HeadTiles.Padded(keys), HeadTiles.RoundUp(size, TileKernel.Columns));
        keysAcross = scratch.New(padded * size);
        valuesAlong = scratch.New(keys * columns);
        (queryBlock, resultBlock) = (scratch.Rows(HeadTiles.Together, columns, columns), scratch.Rows(HeadTiles.Together, columns, columns));
        weightBlock = scratch.Rows(HeadTiles.Together, padded, HeadTiles.RowLength(keys));
    }

    /// <summary>mixed = softmax(queries keys^T / sqrt(d)) values.</summary>
    /// <param name="queries">[n, d].</param>
    /// <param name="ofKeys">[N, d].</param>
    /// <param name="values">[N, d].</param>
    /// <param name="mixed">Result, [n, d].</param>
    /// <param name="logSums">Receives the logarithm of the sum of each query's exponentials, [n].</param>
    internal void Mix(Matrix queries, Matrix ofKeys, Matrix values, Matrix mixed, float* logSums)
    {
        MatrixProduct.PackColumns(ofKeys.Transposed, keysAcross);
        MatrixProduct.PackColumns(values, valuesAlong);
        for (var first = 0L; first < queries.Rows; first += HeadTiles.Together)
        {
            var count = Math.Min(HeadTiles.Together, queries.Rows - first);
            Mix(queries.RowsFrom(first, count), mixed.RowsFrom(first, count), logSums + first);
        }
    }

    private void Mix(Matrix queries, Matrix mixed, float* logSums)
    {
        var tiles = HeadTiles.RoundUp(queries.Rows, TileKernel.Rows);
        var (queryRows, weights, results) = (queryBlock.RowsFrom(0, tiles), weightBlock.RowsFrom(0, tiles), resultBlock.RowsFrom(0, tiles));
        HeadTiles.CopyRows(queries, 1 / MathF.Sqrt(size), queryRows);
        HeadTiles.Multiply(queryRows.ColumnsFrom(0, size), keysAcross, weights.ColumnsFrom(0, HeadTiles.RoundUp(keys, TileKernel.Columns)), add: false);
        var sums = stackalloc float[HeadTiles.Together];
        for (var row = 0; row < queries.Rows; row++)
        {
            var ofRow = weights.Row(row);
            new Span<float>(ofRow + keys, (int)padded - keys).Fill(float.NegativeInfinity);
            var largest = SoftmaxRows.Largest(ofRow, padded);
            sums[row] = SoftmaxRows.Exponentiate(ofRow, padded, largest);
            logSums[row] = MathF.Log(sums[row]) + largest;
        }

        HeadTiles.Multiply(weights.ColumnsFrom(0, keys), valuesAlong, results, add: false);
        for (var row = 0; row < queries.Rows; row++)
            HeadTiles.CopyRow(results.Row(row), 1 / sums[row], new Span<float>(mixed.Row(row), size));
    }

    /// <inheritdoc/>
    public void Dispose() => scratch.Dispose();
}
