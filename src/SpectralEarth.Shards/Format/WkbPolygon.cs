using System.Buffers.Binary;

namespace SpectralEarth.Shards.Format;

/// <summary>Four corners as a WKB polygon: little endian, one ring of five points, counterclockwise as GeoParquet recommends.</summary>
internal static class WkbPolygon
{
    public const int Corners = 4;
    public const int WkbLength = 1 + 4 + 4 + 4 + (5 * 16);

    /// <summary>The "geo" entry of a GeoParquet 1.1 file with a column "geometry" of these. No crs means OGC:CRS84: longitude and latitude on WGS 84, as EPSG:4326 in x, y order.</summary>
    /// <param name="more">Further keys of the column, each with a comma before it.</param>
    public static string GeoMetadata(string more = "") =>
        "{\"version\":\"1.1.0\",\"primary_column\":\"geometry\",\"columns\":{\"geometry\":{\"encoding\":\"WKB\","
        + "\"geometry_types\":[\"Polygon\"],\"orientation\":\"counterclockwise\",\"edges\":\"planar\"" + more + "}}}";

    public static byte[] ToWkb(IReadOnlyList<(double Longitude, double Latitude)> clockwise)
    {
        var wkb = new byte[WkbLength];
        wkb[0] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(wkb.AsSpan(1), 3);
        BinaryPrimitives.WriteInt32LittleEndian(wkb.AsSpan(5), 1);
        BinaryPrimitives.WriteInt32LittleEndian(wkb.AsSpan(9), Corners + 1);
        for (var point = 0; point <= Corners; point++)
        {
            var (longitude, latitude) = clockwise[(Corners - point) % Corners];
            BinaryPrimitives.WriteDoubleLittleEndian(wkb.AsSpan(13 + (16 * point)), longitude);
            BinaryPrimitives.WriteDoubleLittleEndian(wkb.AsSpan(21 + (16 * point)), latitude);
        }

        return wkb;
    }

    /// <summary>Writes longitude and latitude of the corners, clockwise, as eight numbers.</summary>
    /// <exception cref="InvalidDataException">Not a polygon of this form.</exception>
    public static void FromWkb(ReadOnlySpan<byte> wkb, Span<double> clockwise)
    {
        if (wkb.Length != WkbLength || wkb[0] != 1 || BinaryPrimitives.ReadInt32LittleEndian(wkb[1..]) != 3)
            throw new InvalidDataException($"Footprint of {wkb.Length} bytes, expected a WKB polygon of four corners ({WkbLength} bytes).");
        for (var point = 0; point < Corners; point++)
        {
            var corner = (Corners - point) % Corners;
            clockwise[2 * corner] = BinaryPrimitives.ReadDoubleLittleEndian(wkb[(13 + (16 * point))..]);
            clockwise[(2 * corner) + 1] = BinaryPrimitives.ReadDoubleLittleEndian(wkb[(21 + (16 * point))..]);
        }
    }
}
