namespace SpectralEarth.Shards.Splits;

/// <summary>A rectangle of ground in a map projection.</summary>
/// <param name="Epsg">EPSG code of the map projection.</param>
/// <param name="Left">Easting of the left edge, m.</param>
/// <param name="Top">Northing of the top edge, m.</param>
/// <param name="Right">Easting of the right edge, m.</param>
/// <param name="Bottom">Northing of the bottom edge, m.</param>
public readonly record struct GroundRectangle(int Epsg, double Left, double Top, double Right, double Bottom)
{
    /// <summary>Whether some ground lies in both; a common edge is none. Different map projections are taken for different ground.</summary>
    public bool Overlaps(GroundRectangle other) =>
        Epsg == other.Epsg && Left < other.Right && other.Left < Right && Bottom < other.Top && other.Bottom < Top;
}
