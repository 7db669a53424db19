using System.Collections.Concurrent;
using ProjNet.CoordinateSystems;
using ProjNet.CoordinateSystems.Transformations;

namespace SpectralEarth.Scenes;

/// <summary>Map coordinates to longitude and latitude (WGS 84) and back for the zones of UTM. Thread-safe.</summary>
public static class MapProjection
{
    private static readonly ConcurrentDictionary<int, MathTransform> Transforms = new(), Inverses = new();

    /// <summary>True for EPSG 32601 to 32660 (north) and 32701 to 32760 (south).</summary>
    public static bool IsUtm(int epsg) => epsg is (> 32600 and <= 32660) or (> 32700 and <= 32760);

    /// <summary>Longitude and latitude, degrees, of a position in metres.</summary>
    /// <exception cref="SceneException">The code is no UTM zone.</exception>
    public static (double Longitude, double Latitude) ToLongitudeLatitude(int epsg, double easting, double northing)
    {
        var transform = Transforms.GetOrAdd(epsg, Create);
        return transform.Transform(easting, northing);
    }

    /// <summary>Position in metres of a longitude and latitude, degrees.</summary>
    /// <inheritdoc cref="ToLongitudeLatitude" path="/exception"/>
    public static (double Easting, double Northing) FromLongitudeLatitude(int epsg, double longitude, double latitude) =>
        Inverses.GetOrAdd(epsg, code => Create(code).Inverse()).Transform(longitude, latitude);

    /// <summary>
    /// Corners of a square window from the upper left clockwise: longitude and latitude, degrees. Across the 180th meridian
    /// longitudes go on beyond 180, so that the corners enclose the window and not the rest of the earth.
    /// </summary>
    /// <param name="epsg">EPSG code of a UTM zone.</param>
    /// <param name="place">Position of the window.</param>
    /// <param name="side">Side, pixels.</param>
    /// <inheritdoc cref="ToLongitudeLatitude" path="/exception"/>
    public static IReadOnlyList<(double Longitude, double Latitude)> Footprint(int epsg, GeoTransform place, int side)
    {
        (double Longitude, double Latitude) Corner(int column, int row)
        {
            var (easting, northing) = place.ToMap(column, row);
            return ToLongitudeLatitude(epsg, easting, northing);
        }

        (double Longitude, double Latitude)[] corners = [Corner(0, 0), Corner(side, 0), Corner(side, side), Corner(0, side)];
        return corners.Max(corner => corner.Longitude) - corners.Min(corner => corner.Longitude) < 180 ? corners
            : [.. corners.Select(corner => (corner.Longitude < 0 ? corner.Longitude + 360 : corner.Longitude, corner.Latitude))];
    }

    private static MathTransform Create(int epsg)
    {
        if (!IsUtm(epsg))
            throw new SceneException($"EPSG:{epsg} is no UTM zone; expected EPSG:32601 to 32660 or EPSG:32701 to 32760. Order the product in UTM.");
        var utm = ProjectedCoordinateSystem.WGS84_UTM(epsg % 100, epsg < 32700);
        return new CoordinateTransformationFactory().CreateFromCoordinateSystems(utm, GeographicCoordinateSystem.WGS84).MathTransform;
    }
}
