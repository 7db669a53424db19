using NetTopologySuite.Geometries;

namespace SpectralEarth.Scenes.Labels;

/// <summary>Which pixels a polygon covers: those whose centres lie inside by the even-odd rule, holes left out.</summary>
internal static class PolygonRaster
{
    /// <summary>
    /// Indices of the pixels, row by row. Of a centre that lies exactly on an edge the pixel belongs to the polygon to its right or
    /// below, so that neighbours with a common border never cover the same pixel.
    /// </summary>
    /// <param name="polygon">Polygon in map coordinates, m.</param>
    /// <param name="place">Position of the raster.</param>
    /// <param name="width">Columns of the raster.</param>
    /// <param name="height">Rows of the raster.</param>
    public static IEnumerable<int> Pixels(Polygon polygon, GeoTransform place, int width, int height)
    {
        var rings = polygon.InteriorRings.Prepend(polygon.ExteriorRing).Select(ring => ring.Coordinates).ToArray();
        var bounds = polygon.EnvelopeInternal;
        var first = (int)Math.Clamp(Math.Floor((place.Top - bounds.MaxY) / place.PixelSizeM), 0, height);
        var last = (int)Math.Clamp(Math.Ceiling((place.Top - bounds.MinY) / place.PixelSizeM), 0, height);
        var crossings = new List<double>();
        for (var row = first; row < last; row++)
        {
            Cross(rings, place.ToMap(0, row + 0.5).Northing, crossings);
            for (var pair = 0; pair + 1 < crossings.Count; pair += 2)
            {
                var from = Column(crossings[pair]);
                var to = Column(crossings[pair + 1]);
                for (var column = from; column < to; column++)
                    yield return (row * width) + column;
            }
        }

        // The first column whose centre does not lie left of an easting.
        int Column(double easting) => (int)Math.Clamp(Math.Ceiling(((easting - place.Left) / place.PixelSizeM) - 0.5), 0, width);
    }

    /// <summary>Eastings at which edges cross a northing, ascending. An edge has its lower end but not its upper one.</summary>
    private static void Cross(IReadOnlyList<Coordinate[]> rings, double northing, List<double> crossings)
    {
        crossings.Clear();
        foreach (var ring in rings)
        {
            for (var i = 1; i < ring.Length; i++)
            {
                var (a, b) = (ring[i - 1], ring[i]);
                if ((a.Y <= northing) != (b.Y <= northing))
                    crossings.Add(a.X + ((northing - a.Y) / (b.Y - a.Y) * (b.X - a.X)));
            }
        }

        crossings.Sort();
    }
}
