using NetTopologySuite.Geometries;

namespace SpectralEarth.Scenes.Labels;

/// <summary>A labelled area as it stands in a file.</summary>
/// <param name="Place">Where it stands, for messages, for example "feature 3".</param>
/// <param name="Label">Code or name of its class.</param>
/// <param name="Parts">Polygons in the file's reference system.</param>
public sealed record LabelPolygon(string Place, string Label, IReadOnlyList<Polygon> Parts)
{
    /// <summary>The polygon of a feature.</summary>
    /// <exception cref="SceneException">It has no label, or its geometry is no polygon.</exception>
    internal static LabelPolygon Of(string path, string place, string field, string? label, Geometry? geometry)
    {
        if (string.IsNullOrWhiteSpace(label))
            throw new SceneException($"{path}: {place} has no '{field}'; expected the code or name of its class. Fill it in, or name another field with --label-field.");
        Polygon[] parts = geometry switch
        {
            Polygon polygon => [polygon],
            MultiPolygon several => [.. several.Geometries.Cast<Polygon>()],
            _ => throw new SceneException($"{path}: {place} is {(geometry is null ? "without geometry" : $"a {geometry.GeometryType}")}; expected a polygon. Leave it out, or buffer it."),
        };
        return new LabelPolygon(place, label.Trim(), [.. parts.Where(part => !part.IsEmpty)]);
    }
}
