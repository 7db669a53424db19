namespace SpectralEarth.Tasks.Mapping;

/// <summary>Hands blended rows to a writer that asks for rows in portions of its own: class probabilities as <see cref="ByteShare"/>.</summary>
/// <param name="blended">Rows from the top.</param>
/// <param name="classes">Classes L.</param>
/// <param name="width">Columns.</param>
internal sealed class ProbabilityRows(IEnumerable<BlendedRows> blended, int classes, int width) : IDisposable
{
    private readonly IEnumerator<BlendedRows> source = blended.GetEnumerator();
    private BlendedRows? current;

    /// <summary>Fills the next rows, [L, rows, width].</summary>
    public void Fill(int firstRow, int rows, Span<byte> destination)
    {
        for (var row = 0; row < rows; row++)
        {
            while (current is null || firstRow + row >= current.FirstRow + current.Rows)
                current = source.MoveNext() ? source.Current : throw new InvalidOperationException($"The map has no row {firstRow + row}.");
            for (var label = 0; label < classes; label++)
                FillRow(current, label, firstRow + row - current.FirstRow, destination.Slice(((label * rows) + row) * width, width));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();

    private static void FillRow(BlendedRows from, int label, int row, Span<byte> destination)
    {
        var first = row * destination.Length;
        var probabilities = from.Probabilities.AsSpan((label * from.Validity.Length) + first, destination.Length);
        for (var column = 0; column < destination.Length; column++)
            destination[column] = from.Validity[first + column] == 0 ? ByteShare.NoData : ByteShare.Of(probabilities[column]);
    }
}
