using System.Globalization;
using SpectralEarth.Recipes;
using SpectralEarth.Storage;

namespace SpectralEarth.Tasks.Mapping;

/// <summary>
/// Contents of NAME.source.yaml beside the map of an image: what the map was made of. Products need none, since no two have one name.
/// It is written after the map, so where it is the map is complete.
/// </summary>
internal sealed record MapSource
{
    /// <summary>Full path of the image.</summary>
    public required string Image { get; init; }
    /// <summary>Its size.</summary>
    public required long Bytes { get; init; }
    /// <summary>When it was written last, UTC.</summary>
    public required string Modified { get; init; }

    /// <summary>What a map of an image, as it is now, is made of.</summary>
    public static MapSource Of(string image)
    {
        var file = new FileInfo(image);
        return new MapSource { Image = image, Bytes = file.Length, Modified = file.LastWriteTimeUtc.ToString("O", CultureInfo.InvariantCulture) };
    }

    /// <summary>What a map was made of; null if it is not finished or not there.</summary>
    /// <exception cref="RecipeException">The file is no such record.</exception>
    public static MapSource? Beside(string map) => PathBeside(map) is var path && File.Exists(path) ? RecipeFile.Read<MapSource>(path) : null;

    /// <summary>
    /// Where the map of an image goes in a folder: under the image's name, or, where that is the name of another image's map, with the names of
    /// the folders above it before.
    /// </summary>
    /// <param name="folder">Folder of maps.</param>
    /// <param name="name">Name of the image.</param>
    /// <param name="image">Full path of the image.</param>
    public static string Target(string folder, string name, string image)
    {
        var parent = Path.GetDirectoryName(image);
        var target = Path.Combine(folder, FileNames.Safe(name) + ".tif");
        while (Beside(target) is { } other && other.Image != image)
        {
            name = $"{Path.GetFileName(parent)}-{name}";
            parent = Path.GetDirectoryName(parent);
            target = Path.Combine(folder, FileNames.Safe(name) + ".tif");
        }

        return target;
    }

    /// <summary>Writes the record beside a map.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string map) => AtomicFile.WriteText(PathBeside(map), RecipeFile.ToYaml(this));

    private static string PathBeside(string map) => Path.ChangeExtension(map, ".source.yaml");
}
