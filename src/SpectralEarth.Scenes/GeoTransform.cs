using System.Globalization;

namespace SpectralEarth.Scenes;

/// <summary>North-up mapping of pixels to map coordinates, metres.</summary>
/// <param name="Left">Easting of the left edge of column 0, m.</param>
/// <param name="Top">Northing of the top edge of row 0, m.</param>
/// <param name="PixelSizeM">Side of a pixel, m.</param>
public readonly record struct GeoTransform(double Left, double Top, double PixelSizeM)
{
    /// <summary>Share of a pixel that edges may be apart and still be the same.</summary>
    public const double Tolerance = 1e-3;

    /// <summary>Relative error of a pixel size that was computed and not typed in, as 30.000000000000004.</summary>
    internal const double SizeTolerance = 1e-9;

    /// <summary>Easting and northing of a pixel position (0, 0 is the upper left corner of the first pixel).</summary>
    public (double Easting, double Northing) ToMap(double column, double row) =>
        (Left + (column * PixelSizeM), Top - (row * PixelSizeM));

    /// <summary>The transform of a window that starts at <paramref name="column"/>, <paramref name="row"/> (may be negative).</summary>
    public GeoTransform Shifted(int column, int row) =>
        this with { Left = Left + (column * PixelSizeM), Top = Top - (row * PixelSizeM) };

    /// <summary>
    /// Column and row here of the other transform's first pixel (may be negative), or null if the pixels of the two do not coincide
    /// within a thousandth of a pixel.
    /// </summary>
    public (int Column, int Row)? PixelOf(GeoTransform other)
    {
        var (column, row) = ((other.Left - Left) / PixelSizeM, (Top - other.Top) / PixelSizeM);
        return Math.Abs(PixelSizeM - other.PixelSizeM) <= SizeTolerance * PixelSizeM && IsWhole(column) && IsWhole(row)
            ? ((int)Math.Round(column), (int)Math.Round(row))
            : null;

        static bool IsWhole(double number) => Math.Abs(number - Math.Round(number)) <= Tolerance;
    }

    /// <summary>The numbers for a message.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"left {Left} m, top {Top} m, pixels of {PixelSizeM} m");
}
