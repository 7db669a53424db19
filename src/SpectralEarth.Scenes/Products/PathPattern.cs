using System.IO.Enumeration;

namespace SpectralEarth.Scenes.Products;

/// <summary>Paths with * and ? in their names, and ** for folders at any depth, where no shell has resolved them.</summary>
internal static class PathPattern
{
    private static readonly EnumerationOptions Deep = new() { RecurseSubdirectories = true, MaxRecursionDepth = 32 };

    /// <summary>True if a path is a pattern.</summary>
    public static bool IsPattern(string path) => path.AsSpan().ContainsAny('*', '?');

    /// <summary>Full paths that match.</summary>
    public static IReadOnlyList<string> Matches(string pattern)
    {
        var full = Path.GetFullPath(pattern);
        var root = Path.GetPathRoot(full)!;
        IEnumerable<string> found = [root];
        foreach (var name in full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            found = name == "**" ? found.SelectMany(WithFoldersInside)
                : IsPattern(name) ? found.SelectMany(folder => Inside(folder, name))
                : found.Select(folder => Path.Combine(folder, name)).Where(Path.Exists);
        }

        return [.. found.Distinct(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> WithFoldersInside(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, "*", Deep).Prepend(folder) : [];

    private static IEnumerable<string> Inside(string folder, string name) =>
        Directory.Exists(folder)
            ? Directory.EnumerateFileSystemEntries(folder).Where(path => FileSystemName.MatchesSimpleExpression(name, Path.GetFileName(path), ignoreCase: false))
            : [];
}
