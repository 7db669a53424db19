using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Labels;

namespace SpectralEarth.Tasks;

/// <summary>Labels that a map is compared with: a raster on the map's pixels, or polygons that are drawn onto them.</summary>
internal sealed class ReferenceLabels : IDisposable
{
    private readonly string mapPath;
    private readonly LabelRaster? raster;
    private readonly PolygonFile? polygons;

    private ReferenceLabels(LabelRaster map, RasterGrid grid, LabelRaster? raster, PolygonFile? polygons)
    {
        (mapPath, Grid, this.raster, this.polygons) = (map.Path, grid, raster, polygons);
        Window = raster?.On(grid).Window ?? new RasterWindow(0, 0, grid.Width, grid.Height);
    }

    /// <summary>The map's grid.</summary>
    public RasterGrid Grid { get; }

    /// <summary>Part of the map that may be labelled.</summary>
    public RasterWindow Window { get; }

    /// <summary>True for polygons.</summary>
    public bool ArePolygons => polygons is not null;

    /// <summary>Opens labels of a map.</summary>
    /// <param name="path">GeoTIFF, GeoJSON or GeoPackage.</param>
    /// <param name="field">Property of polygons with the code or name of their class.</param>
    /// <param name="map">Map.</param>
    /// <exception cref="SceneException">The file cannot be read.</exception>
    /// <exception cref="LabelException">The map has no place, or none that the labels fit: the raster lies on other pixels, or polygons need a UTM zone.</exception>
    public static ReferenceLabels Open(string path, string field, LabelRaster map)
    {
        var grid = map.Grid ?? throw new LabelException($"{map.Path} names no place on the map or no EPSG code; expected a map as predict writes it.");
        if (PolygonFile.IsPolygons(path) && !MapProjection.IsUtm(grid.Epsg))
            throw new LabelException($"{map.Path}: EPSG:{grid.Epsg}; polygons are drawn onto maps in a UTM zone (EPSG:326.., 327..). Draw them onto the map's pixels yourself (gdal_rasterize) and name the raster.");
        if (PolygonFile.IsPolygons(path))
            return new ReferenceLabels(map, grid, raster: null, PolygonFile.Open(path, field));
        var raster = LabelRaster.Open(path);
        if (raster.MatchProblem(grid, map.Path) is not { } problem)
            return new ReferenceLabels(map, grid, raster, polygons: null);
        raster.Dispose();
        throw new LabelException($"{path}: {problem}");
    }

    /// <summary>What reads codes of a window of the map, [H, W]; 0 is unlabelled.</summary>
    /// <param name="classes">Classes, whose names polygons may have; null if they are to be taken from the codes.</param>
    /// <param name="codes">Code of the map by code of a raster.</param>
    /// <param name="unknown">Told the code of each pixel of a raster that has none.</param>
    /// <exception cref="SceneException">Polygons of other classes, or of several on one pixel.</exception>
    /// <exception cref="LabelException">No polygon lies on the map, or one has a name where no class is known.</exception>
    public Func<RasterWindow, byte[]> Reader(ClassTable? classes, IReadOnlyDictionary<long, byte> codes, Action<long> unknown)
    {
        if (raster is { } image)
            return window => image.Read(image.On(Grid).InRaster(window), codes, unknown);
        var drawn = PolygonLabels.Draw([polygons!], CodeOf(classes), Grid)
            ?? throw new LabelException($"{polygons!.Path}: no pixel's centre of {mapPath} lies in one of its polygons, which reach over {polygons.Extent}; the map over {PolygonFile.ExtentOf(Grid)}.");
        return drawn.Read;
    }

    /// <inheritdoc/>
    public void Dispose() => raster?.Dispose();

    private Func<string, byte> CodeOf(ClassTable? classes)
    {
        if (classes is not null)
        {
            var known = new PolygonClasses(classes);
            known.Check(polygons!, mapPath);
            return known.CodeOf;
        }

        var names = polygons!.Polygons.Select(polygon => polygon.Label).Distinct(StringComparer.Ordinal).Where(label => PolygonClasses.Number(label) is not (>= 0 and <= byte.MaxValue)).ToArray();
        return names.Length == 0
            ? label => (byte)PolygonClasses.Number(label)!.Value
            : throw new LabelException($"{polygons.Path}: labels {string.Join(", ", names.Select(name => $"'{name}'"))} are no codes from 0 to 255, and {mapPath} does not name its classes. Name the network that made it: --checkpoint RUN.");
    }
}
