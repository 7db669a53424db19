namespace SpectralEarth.Tasks.Mapping;

/// <summary>Hands blended rows to a writer that asks for rows in portions of its own: class probabilities, then their entropy in nats.</summary>
/// <param name="blended">Rows from the top.</param>
/// <param name="classes">Classes L.</param>
/// <param name="width">Columns.</param>
internal sealed class ProbabilityRows(IEnumerable<BlendedRows> blended, int classes, int width) : IDisposable
{
    private readonly IEnumerator<BlendedRows> source = blended.GetEnumerator();
    private BlendedRows? current;

    /// <summary>Fills the next rows, [L + 1, rows, width]; NaN where the pixel is invalid.</summary>
    public void Fill(int firstRow, int rows, Span<float> destination)
    {
        for (var row = 0; row < rows; row++)
        {
            while (current is null || firstRow + row >= current.FirstRow + current.Rows)
                current = source.MoveNext() ? source.Current : throw new InvalidOperationException($"The map has no row {firstRow + row}.");
            FillRow(current, firstRow + row - current.FirstRow, destination, row, rows);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();

    private void FillRow(BlendedRows from, int row, Span<float> destination, int target, int rows)
    {
        for (var column = 0; column < width; column++)
        {
            var pixel = (row * width) + column;
            var entropy = 0f;
            for (var label = 0; label < classes; label++)
            {
                var probability = from.Validity[pixel] == 0 ? float.NaN : from.Probabilities[(label * from.Rows * width) + pixel];
                destination[(((label * rows) + target) * width) + column] = probability;
                entropy -= probability > 0 || float.IsNaN(probability) ? probability * MathF.Log(probability) : 0;
            }

            destination[(((classes * rows) + target) * width) + column] = entropy;
        }
    }
}
