using System.IO.Enumeration;

namespace SpectralEarth.Scenes.Products;

/// <summary>Paths with * and ? in their names, and ** for folders at any depth, where no shell has resolved them.</summary>
internal static class PathPattern
{
    /// <summary>True if a path is a pattern.</summary>
    public static bool IsPattern(string path) => path.AsSpan().ContainsAny('*', '?');

    /// <summary>Full paths that match, and those of folders that cannot be read, in which others might.</summary>
    public static IReadOnlyList<string> Matches(string pattern, CancellationToken cancel)
    {
        var full = Path.GetFullPath(pattern);
        var root = Path.GetPathRoot(full)!;
        var unreadable = new List<string>();
        string[] found = [root];
        foreach (var name in full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var folders = found.Where(Directory.Exists);
            found = name == "**" ? [.. folders.SelectMany(WithFoldersInside)]
                : IsPattern(name) ? [.. folders.SelectMany(Inside).Where(path => FileSystemName.MatchesSimpleExpression(name, Path.GetFileName(path), ignoreCase: false))]
                : [.. folders.SelectMany(folder => Named(folder, name))];
        }

        return [.. found.Concat(unreadable).Distinct(StringComparer.Ordinal)];

        IEnumerable<string> WithFoldersInside(string folder)
        {
            var tree = FolderTree.Of(folder, cancel);
            unreadable.AddRange(tree.Unreadable);
            return tree.Folders;
        }

        IEnumerable<string> Named(string folder, string name)
        {
            var path = Path.Combine(folder, name);
            return Path.Exists(path) ? [path] : Inside(folder).Where(one => one == path);
        }

        IEnumerable<string> Inside(string folder)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                return FolderTree.EntriesIn(folder);
            }
            catch (SceneException)
            {
                unreadable.Add(folder);
                return [];
            }
        }
    }
}
