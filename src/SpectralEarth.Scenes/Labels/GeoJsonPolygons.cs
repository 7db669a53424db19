using System.Globalization;
using System.Text.Json;
using NetTopologySuite.Geometries;
using NetTopologySuite.IO.Converters;

namespace SpectralEarth.Scenes.Labels;

/// <summary>Polygons of a GeoJSON feature collection (RFC 7946): longitude and latitude, unless an old "crs" member names another system.</summary>
internal static class GeoJsonPolygons
{
    private static readonly JsonSerializerOptions Options = new() { Converters = { new GeoJsonConverterFactory() } };

    /// <inheritdoc cref="PolygonFile.Open"/>
    public static PolygonFile Read(string path, string field)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var document = JsonDocument.Parse(stream);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("features", out var features) || features.ValueKind != JsonValueKind.Array)
                throw new SceneException($"{path}: no GeoJSON feature collection; expected an object with a list \"features\".");
            return new PolygonFile(path, Epsg(path, document.RootElement),
                [.. features.EnumerateArray().Select((feature, index) => Polygon(path, feature, $"feature {index + 1}", field))]);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new SceneException($"{path}: the file is no sound GeoJSON: {error.Message}", error);
        }
    }

    private static LabelPolygon Polygon(string path, JsonElement feature, string place, string field)
    {
        string? label = null;
        if (feature.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(field, out var value))
            label = value.ValueKind == JsonValueKind.Null ? null : value.ToString();
        try
        {
            var geometry = feature.TryGetProperty("geometry", out var shape) && shape.ValueKind == JsonValueKind.Object ? shape.Deserialize<Geometry>(Options) : null;
            return LabelPolygon.Of(path, place, field, label, geometry);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new SceneException($"{path}: the geometry of {place} is no sound GeoJSON: {error.Message}", error);
        }
    }

    private static int Epsg(string path, JsonElement root)
    {
        if (!root.TryGetProperty("crs", out var system) || system.ValueKind == JsonValueKind.Null)
            return PolygonFile.Supported(path, 4326, "EPSG:4326");
        // As ogr2ogr writes it: {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}.
        var name = system.GetProperty("properties").GetProperty("name").GetString() ?? "";
        if (name.EndsWith("CRS84", StringComparison.Ordinal))
            return PolygonFile.Supported(path, 4326, name);
        var isEpsg = name.Contains("EPSG", StringComparison.OrdinalIgnoreCase);
        var code = int.TryParse(name[(name.LastIndexOf(':') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && isEpsg ? number : (int?)null;
        return PolygonFile.Supported(path, code, $"'{name}'");
    }
}
