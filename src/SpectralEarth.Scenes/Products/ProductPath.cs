using SpectralEarth.Scenes.Archives;

namespace SpectralEarth.Scenes.Products;

/// <summary>
/// The path of a product: a folder, a METADATA.XML, an archive, or a place inside one, as in
/// <c>order.tar.gz!/ENMAP.HSI.L2A/NAME.ZIP!/NAME/NAME-METADATA.XML</c>.
/// </summary>
public static class ProductPath
{
    /// <summary>Stands between an archive and what lies in it.</summary>
    internal const string Inside = "!/";

    private static readonly string[] OtherArchiveEndings = [".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".7z", ".rar"];

    /// <summary>True if a file is an archive by its name: .zip, .tar, .tar.gz or .tgz.</summary>
    public static bool IsArchive(string path) => ArchiveFiles.IsArchive(path);

    /// <summary>True if a file is by its name an archive of a kind that is not read.</summary>
    internal static bool IsOtherArchive(string path) => OtherArchiveEndings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Paths of the products in an archive and in the archives inside it, in order; none if there are none. An archive
    /// inside that cannot be read and a product without METADATA.XML are listed themselves, so that opening them tells why.
    /// </summary>
    /// <exception cref="SceneException">The archive cannot be read.</exception>
    public static IReadOnlyList<string> InArchive(string path)
    {
        using var archive = ArchiveFiles.OnDisk(path);
        return [.. Products(archive, andIncomplete: true).Order(StringComparer.Ordinal)];
    }

    /// <summary>Opens the archive or folder that a path names.</summary>
    /// <returns>The files, and the path inside them that is asked for: empty for all.</returns>
    /// <exception cref="SceneException">It does not exist or cannot be read.</exception>
    internal static (FileSet Files, string Wanted) Open(string path)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            return (new FolderFiles(full), "");
        var end = File.Exists(full) ? -1 : full.IndexOf(Inside, StringComparison.Ordinal);
        var file = end < 0 ? full : full[..end];
        if (!File.Exists(file))
            throw new SceneException($"{path}: there is no such folder. Expected the folder or archive of an EnMAP L2A product.");
        if (!IsArchive(file))
            return (new FolderFiles(Path.GetDirectoryName(file)!), Path.GetFileName(file));
        return Descend(ArchiveFiles.OnDisk(file), end < 0 ? "" : full[(end + Inside.Length)..]);
    }

    private static (FileSet Files, string Wanted) Descend(ArchiveFiles archive, string wanted)
    {
        try
        {
            if (wanted.Length == 0 && Products(archive, andIncomplete: false).ToArray() is [var only])
                wanted = only[(archive.Place.Length + Inside.Length)..];
            while (archive.Inner.FirstOrDefault(inner => wanted == inner || wanted.StartsWith(inner + Inside, StringComparison.Ordinal)) is { } inner)
            {
                archive = archive.OpenInner(inner);
                wanted = wanted.Length == inner.Length ? "" : wanted[(inner.Length + Inside.Length)..];
            }

            return (archive, wanted);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    private static IEnumerable<string> Products(ArchiveFiles archive, bool andIncomplete)
    {
        foreach (var metadata in archive.Names.Where(ProductFiles.IsMetadata))
            yield return $"{archive.Place}{Inside}{metadata}";
        foreach (var folder in andIncomplete ? ProductFiles.FoldersWithoutMetadata(archive.Names) : [])
            yield return folder.Length == 0 ? archive.Place : $"{archive.Place}{Inside}{folder}";
        foreach (var inner in archive.Inner)
        {
            foreach (var product in InInner(archive, inner, andIncomplete))
                yield return product;
        }
    }

    private static IReadOnlyList<string> InInner(ArchiveFiles archive, string inner, bool andIncomplete)
    {
        try
        {
            return [.. Products(archive.OpenInner(inner), andIncomplete)];
        }
        catch (SceneException)
        {
            // Not passed over: opening the path gives the same error, and the product is rejected with it.
            return [$"{archive.Place}{Inside}{inner}"];
        }
    }
}
