namespace SpectralEarth.Scenes.Synthesis;

/// <summary>The imaged swath: a square turned by 11 degrees inside the square raster, about 70 % of it, or all of the raster.</summary>
/// <param name="size">Side of the raster, pixels.</param>
/// <param name="shiftX">Shift of the swath to the right, pixels.</param>
/// <param name="isTurned">False: the swath is the raster, and a shift has no effect.</param>
internal sealed class Swath(int size, float shiftX, bool isTurned)
{
    /// <summary>Corners of the turned square in shares of the raster, clockwise from upper left.</summary>
    private static readonly (float X, float Y)[] TurnedCorners = [(0.165f, 0.005f), (0.985f, 0.165f), (0.825f, 0.985f), (0.005f, 0.825f)];

    /// <summary>Corners in pixels, clockwise from upper left.</summary>
    private readonly (float X, float Y)[] corners = isTurned
        ? [.. TurnedCorners.Select(corner => ((corner.X * size) + shiftX, corner.Y * size))]
        : [(0, 0), (size, 0), (size, size), (0, size)];

    /// <summary>Distance of a pixel's centre to the nearest edge of the swath, pixels; negative outside.</summary>
    internal float Depth(int column, int row)
    {
        var (x, y) = (column + 0.5f, row + 0.5f);
        var depth = float.MaxValue;
        for (var i = 0; i < 4; i++)
        {
            var ((x1, y1), (x2, y2)) = (Corner(i), Corner((i + 1) % 4));
            var length = MathF.Sqrt(((x2 - x1) * (x2 - x1)) + ((y2 - y1) * (y2 - y1)));
            depth = Math.Min(depth, (((x2 - x1) * (y - y1)) - ((y2 - y1) * (x - x1))) / length);
        }

        return depth;
    }

    /// <summary>Corner of the swath in pixels: 0 upper left, then clockwise.</summary>
    internal (float X, float Y) Corner(int index) => corners[index];
}
