using System.Text.RegularExpressions;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Products;

/// <summary>
/// The files of one product in a folder or an archive. All share the prefix of METADATA.XML, which is the product name
/// and a hyphen, or nothing; case and the variants of extensions do not matter.
/// </summary>
internal sealed partial class ProductFiles : IDisposable
{
    private static readonly string[] RasterEndings = [".TIF", ".TIFF", ".GEOTIFF", "_COG.TIF", "_COG.TIFF"];
    private const string ImageKey = "SPECTRAL_IMAGE";
    private static readonly string[] Keys = ["METADATA", ImageKey, "QL_"];
    private static readonly string[] RasterKeys = [ImageKey, "QL_QUALITY_", "QL_PIXELMASK"];    // quick looks are not read
    private static readonly string[] OtherEndings = ["_COG.JP2", ".BSQ", ".BIL", ".BIP", ".JP2", ".JPEG2000", ".VRT"];

    private readonly FileSet files;
    private readonly string metadata;
    private readonly string prefix;

    private ProductFiles(FileSet files, string metadata)
    {
        (this.files, this.metadata) = (files, metadata);
        prefix = MetadataEnding().Replace(metadata, "");
    }

    /// <summary>Folder or archive, for messages.</summary>
    internal string Place => files.Place;

    /// <summary>Name of METADATA.XML without folder, for messages.</summary>
    internal string MetadataName => Path.GetFileName(metadata);

    /// <summary>Full paths of the product's files, or of the archive on disk that they lie in.</summary>
    internal IReadOnlyList<string> OnDisk => files is FolderFiles
        ? [.. files.Names.Where(file => Keys.Any(key => file.StartsWith(prefix + key, StringComparison.OrdinalIgnoreCase))).Select(file => Path.Combine(Place, file))]
        : [Place.Split(ProductPath.Inside)[0]];

    /// <summary>True for the path of a METADATA.XML, under any name that it is delivered with.</summary>
    internal static bool IsMetadata(string path) => MetadataEnding().IsMatch(path);

    /// <summary>Folders among these files that hold a product's SPECTRAL_IMAGE but no METADATA.XML: part of a product is missing there.</summary>
    internal static IEnumerable<string> FoldersWithoutMetadata(IReadOnlyList<string> files) =>
        files.Where(IsSpectralImage).Select(file => Path.GetDirectoryName(file)!).Except(files.Where(IsMetadata).Select(file => Path.GetDirectoryName(file)!));

    /// <summary>True for SPECTRAL_IMAGE of EnMAP, alone or after the whole name of a product: cut-out patches and other sensors' images have other names.</summary>
    private static bool IsSpectralImage(string path)
    {
        var name = Path.GetFileName(path);
        var image = (ProductName.In(name) is { } product ? product + "-" : "") + ImageKey;
        return RasterEndings.Concat(OtherEndings).Any(ending => name.Equals(image + ending, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Finds the product at a path (see <see cref="ProductPath"/>).</summary>
    /// <exception cref="SceneException">There is none, or more than one.</exception>
    internal static ProductFiles Find(string path)
    {
        try
        {
            var (files, wanted) = ProductPath.Open(path);
            try
            {
                return new ProductFiles(files, Metadata(files, wanted, path));
            }
            catch
            {
                files.Dispose();
                throw;
            }
        }
        catch (Exception cause) when (cause is UnauthorizedAccessException or (IOException and not SceneException))
        {
            throw new SceneException($"{path}: cannot be read. {cause.Message}", cause);
        }
    }

    /// <summary>Opens METADATA.XML.</summary>
    /// <exception cref="SceneException">It cannot be read.</exception>
    internal ByteSource OpenMetadata() => files.Open(metadata);

    /// <summary>Opens a raster by its key, for example SPECTRAL_IMAGE; null if the product lacks it.</summary>
    /// <exception cref="SceneException">It is there twice, only in a format that is not read, or cannot be read.</exception>
    internal ByteSource? OpenRaster(string key)
    {
        var found = With(key, RasterEndings);
        if (found.Length > 1)
            throw new SceneException($"{Place}: {key} is there {found.Length} times: {Listed(found)}; expected one file.");
        if (found.Length == 1)
            return files.Open(found[0]);
        return With(key, OtherEndings).Length == 0 ? null : throw ToConvert();
    }

    /// <inheritdoc/>
    public void Dispose() => files.Dispose();

    /// <summary>Names all rasters of the product that have to be converted, and the command that does.</summary>
    private SceneException ToConvert()
    {
        var others = files.Names.Select(name => (Name: name, Ending: OtherEndings.FirstOrDefault(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))))
            .Where(file => file.Ending is not null && RasterKeys.Any(key => file.Name.StartsWith(prefix + key, StringComparison.OrdinalIgnoreCase)))
            .Select(file => (Start: file.Name[..prefix.Length], Key: file.Name[prefix.Length..^file.Ending!.Length], Ending: file.Name[^file.Ending.Length..]))
            .Where(file => With(file.Key, RasterEndings).Length == 0).OrderBy(file => file.Key, StringComparer.Ordinal).ToArray();
        var commands = string.Join("; ", others.GroupBy(file => (file.Start, file.Ending)).Select(alike => Conversion(alike.Key.Start, [.. alike.Select(file => file.Key)], alike.Key.Ending)));
        return new SceneException($"{Place}: {string.Join(", ", others.Select(file => file.Key + file.Ending))} cannot be read, by {(others.Length == 1 ? "its format; expected a GeoTIFF. Convert it" : "their formats; expected GeoTIFFs. Convert them")}: "
            + (files is FolderFiles ? commands : $"unpack the archive, then, in the product's folder, {commands}"));
    }

    /// <summary>The command for one raster, or the loop of the shell for several.</summary>
    private string Conversion(string start, string[] keys, string ending)
    {
        return keys is [var only] ? Command(only) : $"for key in {string.Join(' ', keys)}; do {Command("$key")}; done";

        string Command(string key) => $"gdal_translate \"{At(start + key + ending)}\" \"{At(start + key + ".TIF")}\"";
        string At(string file) => files is FolderFiles ? Path.Combine(Place, file) : Path.GetFileName(file);
    }

    private static string Metadata(FileSet files, string wanted, string path)
    {
        if (IsMetadata(wanted) && files.Names.Contains(wanted))
            return wanted;
        if (files is FolderFiles && wanted.Length > 0)
        {
            throw new SceneException(
                $"{path}: expected the folder of an EnMAP L2A product, its METADATA.XML or its archive (.zip, .tar, .tar.gz, .tgz).{ConversionHint(Path.Combine(files.Place, wanted))}");
        }

        var found = files.Names.Where(name => IsMetadata(name) && (wanted.Length == 0 || name.StartsWith(wanted.TrimEnd('/') + '/', StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal).ToArray();
        return found.Length switch
        {
            1 => found[0],
            0 => throw Missing(files, path),
            _ => throw new SceneException($"{path}: holds {found.Length} products; expected one. Name the METADATA.XML of the wanted one: {Listed(found)}."),
        };
    }

    private static string ConversionHint(string name) =>
        ProductPath.IsOtherArchive(name) ? " Archives of other kinds are not read: unpack it and name the folder."
        : OtherEndings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            ? $" JPEG 2000, VRT and ENVI rasters are not read: gdal_translate \"{name}\" \"{Path.ChangeExtension(name, ".TIF")}\", beside METADATA.XML."
            : "";

    private static SceneException Missing(FileSet files, string path)
    {
        var inside = files is FolderFiles ? InFolders(files.Place) : [.. files.Names.Where(ProductPath.IsArchive)];
        var images = files is FolderFiles && inside.Length == 0 && !files.Names.Any(IsSpectralImage) ? ImageSearch.Among(files.Names).ToArray() : [];
        return new SceneException(
            $"{path}: has no METADATA.XML; expected {(files is FolderFiles ? "the folder" : "an archive")} of an EnMAP L2A product." +
            (images.Length > 0 ? $" Images of EnMAP without METADATA.XML are named themselves, not by their folder: {Path.Combine(path, "*" + Path.GetExtension(images[0]))}." : "") +
            (inside.Length == 0 ? "" : files is FolderFiles
                ? $" Name one of the product folders inside: {Listed(inside)}."
                : $" Name one of the archives inside: {files.Place}{ProductPath.Inside}{inside[0]}{(inside.Length > 1 ? ", ..." : "")}."));
    }

    private static string[] InFolders(string folder) =>
        [.. Directory.GetDirectories(folder).Where(inner => Directory.EnumerateFiles(inner).Any(IsMetadata)).Order(StringComparer.Ordinal)];

    private string[] With(string key, string[] endings) =>
        [.. files.Names.Where(file => endings.Any(ending => file.Equals(prefix + key + ending, StringComparison.OrdinalIgnoreCase)))];

    private static string Listed(string[] paths) =>
        string.Join(", ", paths.Take(3).Select(Path.GetFileName)) + (paths.Length > 3 ? ", ..." : "");

    // STAC downloads end in .XML.XML.
    [GeneratedRegex(@"(?<=^|[-/\\])METADATA\.XML(\.XML)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex MetadataEnding();
}
