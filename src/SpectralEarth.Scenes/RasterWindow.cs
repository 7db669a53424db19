namespace SpectralEarth.Scenes;

/// <summary>A rectangle of pixels; it may reach over the edges of a raster.</summary>
/// <param name="Column">First column, 0-based.</param>
/// <param name="Row">First row, 0-based.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public readonly record struct RasterWindow(int Column, int Row, int Width, int Height)
{
    /// <summary>Pixels of the window.</summary>
    public long Count => (long)Width * Height;

    /// <summary>The part inside a raster of the given size; of width or height 0 if there is none.</summary>
    public RasterWindow Clipped(int width, int height)
    {
        var (left, top) = (Math.Clamp(Column, 0, width), Math.Clamp(Row, 0, height));
        var right = (int)Math.Clamp((long)Column + Width, left, width);
        var bottom = (int)Math.Clamp((long)Row + Height, top, height);
        return new RasterWindow(left, top, right - left, bottom - top);
    }
}
