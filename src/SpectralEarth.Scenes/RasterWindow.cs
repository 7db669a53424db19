namespace SpectralEarth.Scenes;

/// <summary>A rectangle of pixels; it may reach over the edges of a raster.</summary>
/// <param name="Column">First column, 0-based.</param>
/// <param name="Row">First row, 0-based.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public readonly record struct RasterWindow(int Column, int Row, int Width, int Height)
{
    private static readonly double[] LookShares = [0.5, 0.25, 0.75];

    /// <summary>Pixels of the window.</summary>
    public long Count => (long)Width * Height;

    /// <summary>Single rows of a raster, in which to look first for what holds of all of it: the middle one, and those halfway to the edges.</summary>
    internal static IEnumerable<RasterWindow> Looks(int width, int height) =>
        LookShares.Select(share => new RasterWindow(0, (int)(share * height), width, 1));

    /// <summary>
    /// The window cut into parts of full width, from the top. Each has a row or more and, beyond that, at most the given
    /// number of samples; none is larger than the first, which is there even if it is empty.
    /// </summary>
    /// <param name="bands">Samples of a pixel.</param>
    /// <param name="samples">Samples of a part.</param>
    public IReadOnlyList<RasterWindow> Parts(int bands, int samples)
    {
        var rows = (int)Math.Clamp(samples / Math.Max(1, (long)bands * Width), 1, Math.Max(1, Height));
        var parts = new List<RasterWindow> { this with { Height = Math.Min(rows, Height) } };
        for (var row = rows; row < Height; row += rows)
            parts.Add(this with { Row = Row + row, Height = Math.Min(rows, Height - row) });
        return parts;
    }

    /// <summary>The part inside a raster of the given size; of width or height 0 if there is none.</summary>
    public RasterWindow Clipped(int width, int height)
    {
        var (left, top) = (Math.Clamp(Column, 0, width), Math.Clamp(Row, 0, height));
        var right = (int)Math.Clamp((long)Column + Width, left, width);
        var bottom = (int)Math.Clamp((long)Row + Height, top, height);
        return new RasterWindow(left, top, right - left, bottom - top);
    }

    /// <summary>The values of this window, [H, W], from those of another one; 0 where they do not overlap.</summary>
    /// <param name="values">Values of <paramref name="from"/>, [H, W].</param>
    /// <param name="from">Window of the same raster.</param>
    internal byte[] Cut(ReadOnlySpan<byte> values, RasterWindow from)
    {
        var cut = new byte[Count];
        var shared = (this with { Column = Column - from.Column, Row = Row - from.Row }).Clipped(from.Width, from.Height);
        if (shared.Count == 0)
            return cut;
        for (var row = shared.Row; row < shared.Row + shared.Height; row++)
        {
            values.Slice((row * from.Width) + shared.Column, shared.Width)
                .CopyTo(cut.AsSpan(((from.Row + row - Row) * Width) + from.Column + shared.Column - Column));
        }

        return cut;
    }
}
