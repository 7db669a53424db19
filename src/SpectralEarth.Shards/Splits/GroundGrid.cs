namespace SpectralEarth.Shards.Splits;

/// <summary>Positions on EnMAP's pixel grid: pixel edges at odd multiples of 15 m, rows counted downward.</summary>
public static class GroundGrid
{
    /// <summary>EPSG code of patches whose place on Earth is not known. Their positions tell them apart and say nothing of ground: no two share any.</summary>
    public const int UnknownPlace = 0;

    /// <summary>Easting of column 0's left edge, m.</summary>
    public const double WestEdge = 15;

    /// <summary>Northing of row 0's upper edge, m.</summary>
    public const double NorthEdge = 10_000_005;

    /// <summary>Row and column of a patch's first pixel on the grid of its zone.</summary>
    public static (long Row, long Column) PositionOf(PatchInfo patch) =>
        ((long)Math.Round((NorthEdge - patch.Top) / patch.PixelSizeM), (long)Math.Round((patch.Left - WestEdge) / patch.PixelSizeM));

    /// <summary>Zone, row and column of a patch's first pixel: what all dates of a place share.</summary>
    public static (int Epsg, long Row, long Column) PlaceOf(PatchInfo patch)
    {
        var (row, column) = PositionOf(patch);
        return (patch.Epsg, row, column);
    }

    /// <summary>Easting and northing of the upper left corner of a pixel, m: equal numbers for equal pixels.</summary>
    public static (double Left, double Top) CornerOf(long row, long column, double pixelSizeM) => (WestEdge + (column * pixelSizeM), NorthEdge - (row * pixelSizeM));

    /// <summary>Number of the cell of a side of <paramref name="side"/> pixels that a position lies in.</summary>
    public static long Floor(long position, long side) => (position - (((position % side) + side) % side)) / side;
}
