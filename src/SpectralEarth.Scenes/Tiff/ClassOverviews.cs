namespace SpectralEarth.Scenes.Tiff;

/// <summary>
/// Reduced copies of a class map, each half as wide and high as the one before: a pixel takes the most frequent class of the
/// four below it (GDAL's "mode"), the first of equals; no-data does not count unless there is nothing else. They are made while the map is
/// written and need a third of a byte per pixel of it.
/// </summary>
/// <param name="width">Columns of the map.</param>
/// <param name="height">Rows of the map.</param>
/// <param name="noData">Value of pixels without class.</param>
internal sealed class ClassOverviews(int width, int height, byte noData)
{
    /// <summary>No copy is made of what fits into one tile.</summary>
    private const int SmallestSide = 256;

    private readonly Level? first = Math.Max(width, height) > SmallestSide ? Level.HalfOf(width, height) : null;

    /// <summary>Takes some full rows of the map, in order from the top; an even number, except at the end.</summary>
    public void Add(int firstRow, int rows, ReadOnlySpan<byte> codes)
    {
        if (first is not null)
            Halve(codes, width, rows, first.Codes.AsSpan(firstRow / 2 * first.Width));
    }

    /// <summary>The copies of the rows taken, largest first.</summary>
    public IEnumerable<Level> Levels()
    {
        for (var level = first; level is not null;)
        {
            yield return level;
            if (Math.Max(level.Width, level.Height) <= SmallestSide)
                yield break;
            var next = Level.HalfOf(level.Width, level.Height);
            Halve(level.Codes, level.Width, level.Height, next.Codes);
            level = next;
        }
    }

    private void Halve(ReadOnlySpan<byte> codes, int columns, int rows, Span<byte> half)
    {
        var halfColumns = (columns + 1) / 2;
        for (var row = 0; row < rows; row += 2)
        {
            var (upper, lower) = (row * columns, Math.Min(row + 1, rows - 1) * columns);
            for (var column = 0; column < columns; column += 2)
            {
                var right = Math.Min(column + 1, columns - 1);
                half[(row / 2 * halfColumns) + (column / 2)] =
                    MostFrequent([codes[upper + column], codes[upper + right], codes[lower + column], codes[lower + right]]);
            }
        }
    }

    private byte MostFrequent(ReadOnlySpan<byte> four)
    {
        var (best, most) = (noData, 0);
        foreach (var code in four)
        {
            var count = code == noData ? 0 : four.Count(code);
            if (count > most)
                (best, most) = (code, count);
        }

        return best;
    }

    /// <summary>A reduced copy.</summary>
    /// <param name="Width">Columns.</param>
    /// <param name="Height">Rows.</param>
    /// <param name="Codes">Class codes, [H, W].</param>
    internal sealed record Level(int Width, int Height, byte[] Codes)
    {
        internal static Level HalfOf(int width, int height)
        {
            var (columns, rows) = ((width + 1) / 2, (height + 1) / 2);
            return new Level(columns, rows, new byte[checked(columns * rows)]);
        }
    }
}
