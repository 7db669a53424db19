namespace SpectralEarth.Scenes.Products;

/// <summary>What lies in a folder at any depth, as full paths; hidden files and folders are passed over.</summary>
/// <param name="Folders">The folder itself and all below it that can be read.</param>
/// <param name="Files">Files in those folders.</param>
/// <param name="Unreadable">Folders whose contents are not known, because this user may not read them or the disk fails.</param>
internal sealed record FolderTree(IReadOnlyList<string> Folders, IReadOnlyList<string> Files, IReadOnlyList<string> Unreadable)
{
    private const int MaximumDepth = 32;

    private static readonly EnumerationOptions OneLevel = new() { IgnoreInaccessible = false };

    /// <summary>Searches a folder.</summary>
    internal static FolderTree Of(string folder)
    {
        var (folders, files, unreadable) = (new List<string>(), new List<string>(), new List<string>());
        Add(folder, MaximumDepth);
        return new FolderTree(folders, files, unreadable);

        void Add(string at, int depth)
        {
            string[] inside;
            try
            {
                files.AddRange(FilesIn(at));
                inside = Read(at, () => Directory.GetDirectories(at, "*", OneLevel));
            }
            catch (SceneException)
            {
                unreadable.Add(at);
                return;
            }

            folders.Add(at);
            foreach (var one in depth > 0 ? inside : [])
                Add(one, depth - 1);
        }
    }

    /// <summary>Files in a folder itself.</summary>
    /// <exception cref="SceneException">It cannot be read.</exception>
    internal static string[] FilesIn(string folder) => Read(folder, () => Directory.GetFiles(folder, "*", OneLevel));

    /// <summary>Files and folders in a folder itself, hidden ones too.</summary>
    /// <exception cref="SceneException">It cannot be read.</exception>
    internal static string[] EntriesIn(string folder) => Read(folder, () => Directory.GetFileSystemEntries(folder));

    private static string[] Read(string folder, Func<string[]> list)
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
