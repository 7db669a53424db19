using SpectralEarth.Scenes;

namespace SpectralEarth.Tiling;

/// <summary>Finds the products under the paths that a user names.</summary>
internal static class SceneList
{
    private static readonly string[] MetadataEndings = ["METADATA.XML", "METADATA.XML.XML"];

    /// <summary>
    /// Paths to open: a folder with METADATA.XML stays itself, other folders are searched for such folders at any depth.
    /// A folder without any is kept, so that opening it tells what is missing. Sorted, without repetitions.
    /// </summary>
    /// <exception cref="SceneException">A path does not exist.</exception>
    public static IReadOnlyList<string> Expand(IReadOnlyList<string> paths) =>
        [.. paths.SelectMany(Products).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Products(string path)
    {
        if (File.Exists(path))
            return [Path.GetFullPath(path)];
        if (!Directory.Exists(path))
            throw new SceneException($"{path}: there is no such file or folder. Expected the folder of an EnMAP L2A product, or a folder with products.");
        var folder = Path.GetFullPath(path);
        if (Metadata(folder, recurse: false).Any())
            return InFolder(folder);
        var found = Metadata(folder, recurse: true).Select(file => Path.GetDirectoryName(file)!).Distinct(StringComparer.Ordinal).SelectMany(InFolder).ToArray();
        return found.Length > 0 ? found : [folder];
    }

    /// <summary>The folder itself, or its METADATA.XML files if it holds several products.</summary>
    private static IReadOnlyList<string> InFolder(string folder)
    {
        var files = Metadata(folder, recurse: false).ToArray();
        return files.Length > 1 ? files : [folder];
    }

    private static IEnumerable<string> Metadata(string folder, bool recurse) =>
        Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = recurse, MaxRecursionDepth = 32 })
            .Where(file => MetadataEndings.Any(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase)));
}
