using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>The label rasters of a run.</summary>
internal sealed class LabelSet : IDisposable
{
    private readonly List<LabelRaster> rasters = [];

    /// <summary>Opens all rasters and finds their classes.</summary>
    /// <exception cref="SceneException">A raster or the class file cannot be used.</exception>
    public LabelSet(IReadOnlyList<string> paths, string? classesFile)
    {
        try
        {
            foreach (var path in paths)
                rasters.Add(LabelRaster.Open(path));
            Classes = rasters.Count == 0 ? [] : LabelClasses.Find(rasters, classesFile);
            Checksums = [.. paths.Select(path => Checksum.ToText(Checksum.OfFile(path))).Order(StringComparer.Ordinal)];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Classes in ascending order of code; empty without rasters.</summary>
    public IReadOnlyList<LabelClass> Classes { get; }

    /// <summary>Checksums of the files, sorted.</summary>
    public IReadOnlyList<string> Checksums { get; }

    /// <summary>The raster on the scene's grid; null in a run without labels.</summary>
    /// <exception cref="SceneException">There are rasters, but none fits; with the reason of each.</exception>
    public LabelRaster? For(Scene scene)
    {
        if (rasters.Count == 0)
            return null;
        var problems = new List<string>();
        foreach (var raster in rasters)
        {
            if (raster.MatchProblem(scene) is not { } problem)
                return raster;
            problems.Add(problem);
        }

        throw new SceneException($"No label raster fits the scene. {string.Join(" ", problems.Take(5))}{(problems.Count > 5 ? $" (and {problems.Count - 5} more)" : "")}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var raster in rasters)
            raster.Dispose();
    }
}
