namespace SpectralEarth.Scenes.Products;

/// <summary>
/// What lies in a folder at any depth, as full paths; hidden files and folders are passed over. Links to folders are followed,
/// but no folder is entered twice: it has its own name where that lies in the tree.
/// </summary>
/// <param name="Folders">The folder itself and all below it that can be read.</param>
/// <param name="Files">Files in those folders.</param>
/// <param name="Unreadable">Folders whose contents are not known, because this user may not read them or the disk fails.</param>
internal sealed record FolderTree(IReadOnlyList<string> Folders, IReadOnlyList<string> Files, IReadOnlyList<string> Unreadable)
{
    private const int MaximumDepth = 32;

    private static readonly EnumerationOptions OneLevel = new() { IgnoreInaccessible = false };

    /// <summary>Searches a folder.</summary>
    internal static FolderTree Of(string folder, CancellationToken cancel)
    {
        var (folders, files, unreadable) = (new List<string>(), new List<string>(), new List<string>());
        var entered = new HashSet<string>(StringComparer.Ordinal);
        var links = new Queue<(string Path, int Depth)>();
        Add(folder, MaximumDepth);
        while (links.TryDequeue(out var link))
            Add(link.Path, link.Depth);
        return new FolderTree(folders, files, unreadable);

        void Add(string at, int depth)
        {
            cancel.ThrowIfCancellationRequested();
            string[] inside;
            try
            {
                if (!entered.Add(Read(at, () => RealPath(at))))
                    return;
                files.AddRange(FilesIn(at));
                inside = depth == 0 ? [] : Read(at, () => Directory.GetDirectories(at, "*", OneLevel));
            }
            catch (SceneException)
            {
                unreadable.Add(at);
                return;
            }

            folders.Add(at);
            foreach (var one in inside.Order(StringComparer.Ordinal))
            {
                if (new DirectoryInfo(one).LinkTarget is null)
                    Add(one, depth - 1);
                else
                    links.Enqueue((one, depth - 1));
            }
        }
    }

    /// <summary>Files in a folder itself.</summary>
    /// <exception cref="SceneException">It cannot be read.</exception>
    internal static string[] FilesIn(string folder) => Read(folder, () => Directory.GetFiles(folder, "*", OneLevel));

    /// <summary>Files and folders in a folder itself, hidden ones too.</summary>
    /// <exception cref="SceneException">It cannot be read.</exception>
    internal static string[] EntriesIn(string folder) => Read(folder, () => Directory.GetFileSystemEntries(folder));

    /// <summary>A full path with all links in it resolved.</summary>
    private static string RealPath(string path)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
            return path;
        var place = Path.Combine(RealPath(parent), Path.GetFileName(path));
        return Directory.ResolveLinkTarget(place, returnFinalTarget: false) is { } target ? RealPath(target.FullName) : place;
    }

    private static T Read<T>(string folder, Func<T> list)
    {
        try
        {
            return list();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new SceneException($"{folder}: cannot be read. {cause.Message}", cause);
        }
    }
}
