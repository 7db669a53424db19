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
    /// <summary>Names of the classes, which a copy of the map loses without it.</summary>
    public string Names => GeoTiffWriter.NamesBeside(Map);

    /// <summary>The files, in the order in which a person would want to see them.</summary>
    public IEnumerable<string> All => new[] { Map, Names, Picture, Areas, Probabilities, Uncertainty }.OfType<string>();

    /// <summary>Sees to it, before the work, that the map replaces no file of the scene and none that is no map's, and that all can be written.</summary>
    /// <exception cref="SceneException">It would replace one.</exception>
    /// <exception cref="IOException">One cannot be written.</exception>
    internal void Prepare(Scene scene)
    {
        if (All.FirstOrDefault(scene.Files.Contains) is { } own)
            throw new SceneException($"{own}: the map would replace the scene that it is made of. Choose another --out.");
        if (Foreign() is { } foreign)
            throw new SceneException($"{foreign}: exists, but is {(foreign == Map ? "no map that predict made" : $"without its map {Map}, so it may be another's")}, and would be replaced. Choose another --out, or move the file away.");
        foreach (var file in All)
            AtomicFile.Prepare(file);
    }

    /// <summary>A file in the map's place that may be none of a map; null without one. The other files do not tell what they are of, but are never written before the map.</summary>
    private string? Foreign() => File.Exists(Map)
        ? LabelRaster.IsMap(Map) ? null : Map
        : All.FirstOrDefault(File.Exists);

    internal static MapFiles Beside(string map, MapOptions options)
    {
        map = Path.GetFullPath(map);
        return new(map, Path.ChangeExtension(map, ".png"), Path.ChangeExtension(map, ".areas.csv"),
            options.Probabilities ? Path.ChangeExtension(map, ".probabilities.tif") : null,
            options.Uncertainty ? Path.ChangeExtension(map, ".uncertainty.tif") : null);
    }
}
