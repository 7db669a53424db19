namespace SpectralEarth.Models.Products;

/// <summary>
/// Gradients of <see cref="AttentionHead"/>, on one thread: some queries at a time, whose weights are made once more (Dao et al. 2022, section 3.1 and
/// appendix B.4).
/// </summary>
internal sealed unsafe class AttentionHeadGradient : IDisposable
{
    private readonly Scratch scratch = new();
    private readonly int keys, size;
    private readonly nint padded, columns;
    private readonly float scale;
    private readonly float* keysAcross, valuesAcross, keysAlong, queryTiles, outerTiles;
    private readonly Matrix queryBlock, outerBlock, mixedBlock, weightBlock, slopeBlock, resultBlock, toKeys, toValues;

    /// <param name="keys">Tokens N that are looked at.</param>
    /// <param name="size">Numbers d of a query, key or value.</param>
    internal AttentionHeadGradient(int keys, int size)
    {
        (this.keys, this.size, padded, columns) = (keys, size, HeadTiles.Padded(keys), HeadTiles.RoundUp(size, TileKernel.Columns));
        scale = 1 / MathF.Sqrt(size);
        keysAcross = scratch.New(padded * size);
        valuesAcross = scratch.New(padded * size);
        keysAlong = scratch.New(keys * columns);
        queryTiles = scratch.New(HeadTiles.Together * columns);
        outerTiles = scratch.New(HeadTiles.Together * columns);
        (queryBlock, outerBlock, mixedBlock, resultBlock) = (Rows(), Rows(), Rows(), Rows());
        (weightBlock, slopeBlock) = (scratch.Rows(HeadTiles.Together, padded, HeadTiles.RowLength(keys)), scratch.Rows(HeadTiles.Together, padded, HeadTiles.RowLength(keys)));
        var rows = HeadTiles.RoundUp(keys, TileKernel.Rows);
        (toKeys, toValues) = (scratch.Rows(rows, columns, columns), scratch.Rows(rows, columns, columns));
        Matrix Rows() => scratch.Rows(HeadTiles.Together, columns, columns);
    }

    /// <summary>Gradients of queries, keys and values.</summary>
    /// <param name="ofHead">What the head was given and gave.</param>
    /// <param name="outer">Gradient of its result, [n, d].</param>
    /// <param name="logSums">As it gave them, [n].</param>
    /// <param name="gradients">Receives the gradients of queries [n, d], keys [N, d] and values [N, d].</param>
    internal void Run((Matrix Queries, Matrix Keys, Matrix Values, Matrix Mixed) ofHead, Matrix outer, float* logSums, (Matrix Queries, Matrix Keys, Matrix Values) gradients)
    {
        MatrixProduct.PackColumns(ofHead.Keys.Transposed, keysAcross);
        MatrixProduct.PackColumns(ofHead.Values.Transposed, valuesAcross);
        MatrixProduct.PackColumns(ofHead.Keys, keysAlong);
        HeadTiles.Clear(toKeys);
        HeadTiles.Clear(toValues);
        for (var first = 0L; first < outer.Rows; first += HeadTiles.Together)
        {
            var count = Math.Min(HeadTiles.Together, outer.Rows - first);
            Add(ofHead.Queries.RowsFrom(first, count), ofHead.Mixed.RowsFrom(first, count), outer.RowsFrom(first, count), logSums + first, gradients.Queries.RowsFrom(first, count));
        }

        for (var key = 0; key < keys; key++)
        {
            HeadTiles.CopyRow(toKeys.Row(key), 1, new Span<float>(gradients.Keys.Row(key), size));
            HeadTiles.CopyRow(toValues.Row(key), 1, new Span<float>(gradients.Values.Row(key), size));
        }
    }

    private void Add(Matrix queries, Matrix mixed, Matrix outer, float* logSums, Matrix toQueries)
    {
        var tiles = HeadTiles.RoundUp(queries.Rows, TileKernel.Rows);
        var (queryRows, outerRows, mixedRows) = (queryBlock.RowsFrom(0, tiles), outerBlock.RowsFrom(0, tiles), mixedBlock.RowsFrom(0, tiles));
        HeadTiles.CopyRows(queries, scale, queryRows);
        HeadTiles.CopyRows(outer, 1, outerRows);
        HeadTiles.CopyRows(mixed, 1, mixedRows);
        MatrixProduct.PackColumns(queryRows, queryTiles);
        MatrixProduct.PackColumns(outerRows, outerTiles);

        var (weights, slopes, results) = (weightBlock.RowsFrom(0, tiles), slopeBlock.RowsFrom(0, tiles), resultBlock.RowsFrom(0, tiles));
        var whole = HeadTiles.RoundUp(keys, TileKernel.Columns);
        HeadTiles.Multiply(queryRows.ColumnsFrom(0, size), keysAcross, weights.ColumnsFrom(0, whole), add: false);
        HeadTiles.Multiply(outerRows.ColumnsFrom(0, size), valuesAcross, slopes.ColumnsFrom(0, whole), add: false);
        for (var row = 0; row < tiles; row++)
        {
            float* ofRow = weights.Row(row), slopesOfRow = slopes.Row(row);
            new Span<float>(ofRow + keys, (int)padded - keys).Fill(float.NegativeInfinity);
            new Span<float>(slopesOfRow + keys, (int)padded - keys).Clear();
            SoftmaxRows.Exponentiate(ofRow, padded, row < queries.Rows ? logSums[row] : float.PositiveInfinity);
            SoftmaxRows.ToScores(slopesOfRow, padded, SoftmaxRows.Dot(outerRows.Row(row), mixedRows.Row(row), columns), ofRow);
        }

        HeadTiles.Multiply(weights.Transposed.RowsFrom(0, toValues.Rows), outerTiles, toValues, add: true);
        HeadTiles.Multiply(slopes.Transposed.RowsFrom(0, toKeys.Rows), queryTiles, toKeys, add: true);
        HeadTiles.Multiply(slopes.ColumnsFrom(0, keys), keysAlong, results, add: false);
        for (var row = 0; row < queries.Rows; row++)
            HeadTiles.CopyRow(results.Row(row), scale, new Span<float>(toQueries.Row(row), size));
    }

    /// <inheritdoc/>
    public void Dispose() => scratch.Dispose();
}
