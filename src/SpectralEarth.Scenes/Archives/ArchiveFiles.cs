using SpectralEarth.Scenes.Products;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Archives;

/// <summary>
/// The files of a zip, a tar or a gzip'd tar, read in place: nothing is written to disk, so no name can lead anywhere;
/// names that try to are refused nevertheless.
/// </summary>
internal sealed class ArchiveFiles : FileSet
{
    private static readonly string[] Endings = [".zip", ".tar", ".tar.gz", ".tgz"];

    private readonly ByteSource file;
    private readonly int depth;
    private readonly Dictionary<string, Func<ByteSource>> entries = new(StringComparer.Ordinal);

    private ArchiveFiles(string place, ByteSource file, ByteSource archive, int depth)
    {
        (Place, this.file, this.depth) = (place, file, depth);
        if (HasEnding(archive.Name, ".zip"))
        {
            foreach (var entry in ZipDirectory.Read(archive))
                Add(entry.Name, () => entry.Open(archive));
        }
        else
        {
            var tar = HasEnding(archive.Name, ".tar") ? archive : GzipIndexes.Open(place, archive);
            foreach (var entry in TarDirectory.Read(tar))
                Add(entry.Name, () => entry.Open(tar));
        }
    }

    /// <inheritdoc/>
    internal override string Place { get; }

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Names => [.. entries.Keys];

    /// <summary>Archives among the files, which may hold products of their own.</summary>
    internal IEnumerable<string> Inner => depth < ArchiveLimits.Depth ? entries.Keys.Where(IsArchive) : [];

    /// <summary>True if a name ends like that of an archive.</summary>
    internal static bool IsArchive(string name) => Endings.Any(ending => HasEnding(name, ending));

    /// <summary>Opens an archive on disk.</summary>
    /// <exception cref="SceneException">It cannot be read, is damaged, or beyond the limits.</exception>
    internal static ArchiveFiles OnDisk(string path)
    {
        var file = FileSource.Open(path);
        try
        {
            return new ArchiveFiles(path, file, file, depth: 1);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens an archive inside this one. Both close together.</summary>
    /// <exception cref="SceneException">As for one on disk.</exception>
    internal ArchiveFiles OpenInner(string name) => new($"{Place}{ProductPath.Inside}{name}", file, Open(name), depth + 1);

    /// <inheritdoc/>
    internal override ByteSource Open(string name) => entries[name]();

    /// <inheritdoc/>
    public override void Dispose() => file.Dispose();

    private static bool HasEnding(string name, string ending) => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase);

    private void Add(string stored, Func<ByteSource> open)
    {
        var parts = stored.Split('/', '\\').Where(part => part is not ("" or ".")).ToArray();
        if (stored.Any(char.IsControl))
            throw new SceneException($"{Place}: a file's name has control characters. The archive is damaged: fetch it again.");
        if (stored.StartsWith('/') || stored.StartsWith('\\') || stored.Contains(':', StringComparison.Ordinal) || parts.Contains(".."))
            throw new SceneException($"{Place}: names the file '{Shortened(stored)}', which leads out of the archive. Such an archive is not trusted.");
        // macOS adds a file of attributes, ._NAME, to each one.
        if (parts.Length == 0 || parts[^1].StartsWith("._", StringComparison.Ordinal))
            return;
        if (!entries.TryAdd(string.Join('/', parts), open))
            throw new SceneException($"{Place}: holds the file '{Shortened(stored)}' twice; expected once. Which one counts is not known: unpack it first.");
    }

    private static string Shortened(string name) => name.Length <= 120 ? name : name[..120] + "...";
}
