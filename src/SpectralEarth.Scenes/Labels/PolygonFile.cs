using NetTopologySuite.Geometries;

namespace SpectralEarth.Scenes.Labels;

/// <summary>Labelled polygons of a GeoJSON or GeoPackage file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Epsg">EPSG code of the coordinates: 4326 (longitude, latitude) or a UTM zone on WGS 84.</param>
/// <param name="Polygons">The polygons, in the file's order.</param>
public sealed record PolygonFile(string Path, int Epsg, IReadOnlyList<LabelPolygon> Polygons)
{
    private const int LongitudeLatitude = 4326;

    /// <summary>True for names that end like those of GeoJSON and GeoPackage files.</summary>
    public static bool IsPolygons(string path) => IsGeoJson(path) || path.EndsWith(".gpkg", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a file.</summary>
    /// <param name="path">GeoJSON (.geojson, .json) or GeoPackage (.gpkg).</param>
    /// <param name="field">Property or column with the code or name of the class.</param>
    /// <exception cref="SceneException">The file is absent or damaged, has no polygons, an unknown reference system or features without label.</exception>
    public static PolygonFile Open(string path, string field)
    {
        if (!File.Exists(path))
            throw new SceneException($"{path}: there is no such file. Expected polygons as GeoJSON or GeoPackage.");
        var file = IsGeoJson(path) ? GeoJsonPolygons.Read(path, field) : GeoPackagePolygons.Read(path, field);
        return file.Polygons.Count > 0 ? file : throw new SceneException($"{path}: holds no feature; expected polygons with a '{field}'.");
    }

    /// <summary>The polygons of a feature in the coordinates of a UTM zone, m. Edges stay straight between their ends.</summary>
    /// <param name="polygon">One of this file.</param>
    /// <param name="utmEpsg">EPSG code of the zone.</param>
    internal IEnumerable<Polygon> InZone(LabelPolygon polygon, int utmEpsg)
    {
        if (Epsg == utmEpsg)
            return polygon.Parts;
        return polygon.Parts.Select(part =>
        {
            var moved = (Polygon)part.Copy();
            moved.Apply(new ToZone(Epsg, utmEpsg));
            return moved;
        });
    }

    /// <summary>The EPSG code that coordinates are read by.</summary>
    /// <param name="path">File, for messages.</param>
    /// <param name="epsg">The file's code; null if it names none that is known.</param>
    /// <param name="named">What the file says, for messages.</param>
    /// <exception cref="SceneException">The system is not supported.</exception>
    internal static int Supported(string path, int? epsg, string named)
    {
        // ETRS89 moves with the continent, by less than a metre since 1989; GDAL too takes it for WGS 84.
        var code = epsg switch { 4258 => LongitudeLatitude, >= 25828 and <= 25838 => epsg + 6800, _ => epsg };
        return code is { } known && (known == LongitudeLatitude || MapProjection.IsUtm(known))
            ? known
            : throw new SceneException($"{path}: reference system {named}; expected EPSG:4326 or a UTM zone (EPSG:326.., 327.., 258..). Convert it: ogr2ogr -t_srs EPSG:4326.");
    }

    private static bool IsGeoJson(string path) =>
        path.EndsWith(".geojson", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    private sealed class ToZone(int from, int to) : ICoordinateSequenceFilter
    {
        public bool Done => false;

        public bool GeometryChanged => true;

        public void Filter(CoordinateSequence sequence, int at)
        {
            var (x, y) = (sequence.GetX(at), sequence.GetY(at));
            var (longitude, latitude) = from == LongitudeLatitude ? (x, y) : MapProjection.ToLongitudeLatitude(from, x, y);
            (x, y) = MapProjection.FromLongitudeLatitude(to, longitude, latitude);
            sequence.SetX(at, x);
            sequence.SetY(at, y);
        }
    }
}
