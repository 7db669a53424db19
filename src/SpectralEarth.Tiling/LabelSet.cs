using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Labels;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>The labels of a run: rasters on the pixels of scenes, and polygons.</summary>
internal sealed class LabelSet : IDisposable
{
    private readonly List<LabelRaster> rasters = [];
    private readonly List<PolygonFile> polygons = [];
    private readonly PolygonClasses? polygonClasses;

    /// <summary>Opens all files and finds their classes.</summary>
    /// <exception cref="SceneException">A file of labels or the class file cannot be used.</exception>
    public LabelSet(IReadOnlyList<string> paths, string? classesFile, string labelField)
    {
        try
        {
            foreach (var path in paths)
            {
                if (PolygonFile.IsPolygons(path))
                    polygons.Add(PolygonFile.Open(path, labelField));
                else
                    rasters.Add(OpenRaster(path));
            }

            Classes = paths.Count == 0 ? [] : LabelClasses.Find(rasters, polygons, classesFile);
            polygonClasses = polygons.Count == 0 ? null : new PolygonClasses(Classes);
            Files = [.. paths.Select(path => (path, Checksum.ToText(Checksum.OfFile(path))))];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Classes in ascending order of code; empty without labels.</summary>
    public IReadOnlyList<LabelClass> Classes { get; }

    /// <summary>The files with their checksums, as named.</summary>
    public IReadOnlyList<(string Path, string Checksum)> Files { get; }

    /// <summary>Checksums of the files, sorted.</summary>
    public IEnumerable<string> Checksums => Files.Select(file => file.Checksum).Order(StringComparer.Ordinal);

    /// <summary>Label rasters.</summary>
    public IReadOnlyList<LabelRaster> Rasters => rasters;

    /// <summary>Files of polygons.</summary>
    public IReadOnlyList<PolygonFile> Polygons => polygons;

    /// <summary>True if there are polygons among the labels.</summary>
    public bool HasPolygons => polygons.Count > 0;

    /// <summary>The class of a polygon; null for one that is unlabelled.</summary>
    public LabelClass? ClassOf(LabelPolygon polygon) => Classes.FirstOrDefault(item => item.Code == polygonClasses!.CodeOf(polygon.Label));

    /// <summary>All rasters that lie on the scene's pixels and the polygons drawn onto it, together; null in a run without labels.</summary>
    /// <exception cref="SceneException">There are labels, but none fits, with the reason of each; or labels contradict each other.</exception>
    public ILabels? For(Scene scene)
    {
        if (rasters.Count == 0 && polygons.Count == 0)
            return null;
        var (grid, fitting, problems) = (RasterGrid.Of(scene), new List<(string, ILabels)>(), new List<string>());
        foreach (var raster in rasters)
        {
            if (raster.MatchProblem(grid, "the scene") is { } problem)
                problems.Add($"{raster.Path}: {problem}");
            else
                fitting.Add((raster.Path, raster.On(grid)));
        }

        if (polygonClasses is not null)
        {
            var files = string.Join(", ", polygons.Select(file => file.Path));
            if (PolygonLabels.Draw(polygons, polygonClasses.CodeOf, grid) is { } drawn)
                fitting.Add((files, drawn));
            else
                problems.AddRange(polygons.Select(file => $"{file.Path}: no pixel's centre of the scene lies in one of its polygons, which reach over {file.Extent}; the scene over {PolygonFile.ExtentOf(grid)}."));
        }

        if (fitting.Count > 0)
            return MergedLabels.Of(fitting, grid);
        throw new SceneException($"No labels fit the scene. {string.Join(" ", problems.Take(5))}{(problems.Count > 5 ? $" (and {problems.Count - 5} more)" : "")}");
    }

    private static LabelRaster OpenRaster(string path)
    {
        try
        {
            return LabelRaster.Open(path);
        }
        catch (SceneException error) when (File.Exists(path) && !SensorImage.IsTiff(path))
        {
            throw new SceneException($"{error.Message} Labels are GeoTIFF, GeoJSON (.geojson, .json) or GeoPackage (.gpkg). Convert polygons of another form: ogr2ogr -f GPKG {Path.ChangeExtension(path, ".gpkg")} {path}.", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var raster in rasters)
            raster.Dispose();
    }
}
