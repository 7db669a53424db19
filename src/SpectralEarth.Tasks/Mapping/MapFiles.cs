using SpectralEarth.Scenes;
using SpectralEarth.Storage;

namespace SpectralEarth.Tasks.Mapping;

/// <summary>Files that a map consists of.</summary>
/// <param name="Map">GeoTIFF of class codes.</param>
/// <param name="Picture">PNG with legend.</param>
/// <param name="Areas">CSV of the area per class; written last, so where it is the map is complete.</param>
/// <param name="Probabilities">GeoTIFF with a band of probabilities per class, or null.</param>
/// <param name="Uncertainty">GeoTIFF of the entropy, or null.</param>
public sealed record MapFiles(string Map, string Picture, string Areas, string? Probabilities, string? Uncertainty)
{
    /// <summary>Mark of a map in its metadata.</summary>
    internal const string Maker = "spectralearth predict";

    /// <summary>Names of the classes, which a copy of the map loses without it.</summary>
    public string Names => GeoTiffWriter.NamesBeside(Map);

    /// <summary>The files, in the order in which a person would want to see them.</summary>
    public IEnumerable<string> All => new[] { Map, Names, Picture, Areas, Probabilities, Uncertainty }.OfType<string>();

    /// <summary>Files of an earlier map in the place of this one that this one does not have. They are of another network or scene, so they go with that map.</summary>
    internal IReadOnlyList<string> LeftOver() => !File.Exists(Map) ? [] : [.. new[]
    {
        Probabilities is null ? ProbabilitiesBeside(Map) : null,
        Uncertainty is null ? UncertaintyBeside(Map) : null,
    }.OfType<string>().Where(File.Exists)];

    /// <summary>Sees to it, before the work, that the map replaces no file of the scene and none that is no map's, and that all can be written.</summary>
    /// <exception cref="SceneException">It would replace one.</exception>
    /// <exception cref="IOException">One cannot be written.</exception>
    internal void Prepare(Scene scene)
    {
        if (All.Concat(LeftOver()).FirstOrDefault(scene.Files.Contains) is { } own)
            throw new SceneException($"{own}: the map would replace the scene that it is made of. Choose another --out.");
        if (Foreign() is { } found)
            throw new SceneException($"{found}, and would be replaced. Choose another --out, or move the file away.");
        foreach (var file in All)
            AtomicFile.Prepare(file);
    }

    /// <summary>A file in the map's place that may be none of a map, and why; null without one. The other files do not tell what they are of, but are never written before the map.</summary>
    private string? Foreign()
    {
        if (File.Exists(Map))
            return WhyNoMap() is { } reason ? $"{Map}: exists, but is no map that predict made ({reason})" : null;
        return All.FirstOrDefault(File.Exists) is { } other ? $"{other}: exists, but is without its map {Map}, so it may be another's" : null;
    }

    /// <summary>What the file in the map's place is instead; null if predict made it. Labels name classes too, so a mark tells, or, as maps had none in the past, the areas beside it.</summary>
    private string? WhyNoMap()
    {
        try
        {
            using var raster = LabelRaster.Open(Map);
            if (raster.ReadMaker() == Maker)
                return null;
            var classes = raster.ReadClassNames().Count;
            if (classes == 0)
                return "a raster without class names";
            return ClassArea.IsCsv(Areas) ? null : $"a raster of {classes} named classes without the mark of predict, so it may be labels";
        }
        catch (SceneException)
        {
            return "not readable as a raster of classes";
        }
    }

    internal static MapFiles Beside(string map, MapOptions options)
    {
        map = Path.GetFullPath(map);
        return new(map, Path.ChangeExtension(map, ".png"), Path.ChangeExtension(map, ".areas.csv"),
            options.Probabilities ? ProbabilitiesBeside(map) : null,
            options.Uncertainty ? UncertaintyBeside(map) : null);
    }

    private static string ProbabilitiesBeside(string map) => Path.ChangeExtension(map, ".probabilities.tif");

    private static string UncertaintyBeside(string map) => Path.ChangeExtension(map, ".uncertainty.tif");
}
