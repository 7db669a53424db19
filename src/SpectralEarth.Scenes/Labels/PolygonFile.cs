using System.Globalization;
using NetTopologySuite.Geometries;

namespace SpectralEarth.Scenes.Labels;

/// <summary>Labelled polygons of a GeoJSON or GeoPackage file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Epsg">EPSG code of the coordinates: 4326 (longitude, latitude) or a UTM zone on WGS 84.</param>
/// <param name="Polygons">The polygons, in the file's order.</param>
public sealed record PolygonFile(string Path, int Epsg, IReadOnlyList<LabelPolygon> Polygons)
{
    /// <summary>Property of the class where no other is named.</summary>
    public const string UsualField = "class";

    private const int LongitudeLatitude = 4326;

    /// <summary>Share of the size of a polygon or grid by which a straight edge surely bends less in another system (3 % for 1,000 km at a latitude of 60 degrees).</summary>
    private const double Bend = 0.1;

    /// <summary>All longitudes, also from 0 to 360, and latitudes.</summary>
    private static readonly Envelope World = new(-360, 360, -90, 90);

    /// <summary>Ground that the polygons reach over, for messages: wrong or swapped coordinates show in it.</summary>
    public string Extent
    {
        get
        {
            var bounds = new Envelope();
            foreach (var part in Polygons.SelectMany(polygon => polygon.Parts))
                bounds.ExpandToInclude(part.EnvelopeInternal);
            return InDegrees(Epsg, bounds);
        }
    }

    /// <summary>Ground of a grid in a UTM zone, as <see cref="Extent"/>.</summary>
    public static string ExtentOf(RasterGrid grid) => InDegrees(grid.Epsg, Ground(grid));

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
        if (file.Polygons.Count == 0)
            throw new SceneException($"{path}: holds no feature; expected polygons with a '{field}'.");
        foreach (var polygon in file.Epsg == LongitudeLatitude ? file.Polygons : [])
        {
            if (polygon.Parts.FirstOrDefault(part => !World.Contains(part.EnvelopeInternal)) is { } off)
            {
                var corner = off.Coordinates.First(corner => !World.Contains(corner));
                throw new SceneException(string.Create(CultureInfo.InvariantCulture,
                    $"{path}: {polygon.Place} has a corner at {corner.X}, {corner.Y}, which is no longitude and latitude; those are expected by EPSG:4326 and by GeoJSON that names no reference system (\"crs\"). Give the system that the coordinates are in: ogr2ogr -s_srs EPSG:CODE -t_srs EPSG:4326 OUT IN."));
            }
        }

        return file;
    }

    /// <summary>The polygons that may cover pixels of a grid, in order: all but those whose bounds lie apart from it.</summary>
    /// <param name="grid">Grid in a UTM zone.</param>
    public IEnumerable<LabelPolygon> Near(RasterGrid grid)
    {
        // Longitudes may be counted from -360 on.
        double[] turns = Epsg == LongitudeLatitude ? [0, 360, -360] : [0];
        var ground = Ground(grid, Epsg);
        Envelope[] grounds = [.. turns.Select(turn => new Envelope(ground.MinX + turn, ground.MaxX + turn, ground.MinY, ground.MaxY))];
        return Polygons.Where(polygon => polygon.Parts.Any(part => Widened(part.EnvelopeInternal) is var bounds && grounds.Any(bounds.Intersects)));
    }

    /// <summary>Whether a polygon covers the centre of a pixel of a grid; null if it covers none and does not lie inside of the grid either.</summary>
    /// <param name="polygon">One of this file.</param>
    /// <param name="grid">Grid in a UTM zone.</param>
    public bool? CoversPixel(LabelPolygon polygon, RasterGrid grid)
    {
        Polygon[] parts = [.. InZone(polygon, grid.Epsg)];
        if (parts.Any(part => PolygonRaster.Pixels(part, grid.GeoTransform, grid.Width, grid.Height).Any()))
            return true;
        return parts.Any(part => Ground(grid).Contains(part.EnvelopeInternal)) ? false : null;
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

    /// <summary>Bounds of a grid in another system; across the 180th meridian longitudes go on beyond 180.</summary>
    private static Envelope Ground(RasterGrid grid, int epsg)
    {
        var ground = Ground(grid);
        if (epsg == grid.Epsg)
            return ground;
        (double X, double Y)[] corners = [.. from x in new[] { ground.MinX, ground.MaxX } from y in new[] { ground.MinY, ground.MaxY } select MapProjection.ToLongitudeLatitude(grid.Epsg, x, y)];
        if (epsg != LongitudeLatitude)
            corners = [.. corners.Select(corner => MapProjection.FromLongitudeLatitude(epsg, corner.X, corner.Y))];
        else if (corners.Max(corner => corner.X) - corners.Min(corner => corner.X) > 180)
            corners = [.. corners.Select(corner => (corner.X < 0 ? corner.X + 360 : corner.X, corner.Y))];
        return Widened(new Envelope(corners.Min(corner => corner.X), corners.Max(corner => corner.X), corners.Min(corner => corner.Y), corners.Max(corner => corner.Y)));
    }

    private static Envelope Widened(Envelope bounds)
    {
        var widened = new Envelope(bounds);
        widened.ExpandBy(Bend * Math.Max(bounds.Width, bounds.Height));
        return widened;
    }

    private static Envelope Ground(RasterGrid grid)
    {
        var (first, last) = (grid.GeoTransform.ToMap(0, 0), grid.GeoTransform.ToMap(grid.Width, grid.Height));
        return new Envelope(first.Easting, last.Easting, last.Northing, first.Northing);
    }

    private static string InDegrees(int epsg, Envelope bounds)
    {
        var corners = new[] { (bounds.MinX, bounds.MinY), (bounds.MinX, bounds.MaxY), (bounds.MaxX, bounds.MinY), (bounds.MaxX, bounds.MaxY) }
            .Select(corner => epsg == LongitudeLatitude ? corner : MapProjection.ToLongitudeLatitude(epsg, corner.Item1, corner.Item2)).ToArray();
        return string.Create(CultureInfo.InvariantCulture,
            $"longitude {corners.Min(corner => corner.Item1):0.###} to {corners.Max(corner => corner.Item1):0.###}, latitude {corners.Min(corner => corner.Item2):0.###} to {corners.Max(corner => corner.Item2):0.###}");
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
