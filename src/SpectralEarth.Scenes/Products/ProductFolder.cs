using System.Text.RegularExpressions;

namespace SpectralEarth.Scenes.Products;

/// <summary>
/// The files of one product in a folder. All share the prefix of METADATA.XML, which is the product name and a hyphen, or
/// nothing; case and the variants of extensions do not matter.
/// </summary>
internal sealed partial class ProductFolder
{
    private static readonly string[] RasterEndings = [".TIF", ".TIFF", ".GEOTIFF", "_COG.TIF", "_COG.TIFF"];
    private static readonly string[] OtherEndings = [".BSQ", ".BIL", ".BIP", ".JP2", ".JPEG2000", ".VRT", "_COG.JP2"];

    private readonly string[] files;
    private readonly string prefix;

    private ProductFolder(string[] files, string metadata)
    {
        (this.files, Metadata) = (files, metadata);
        prefix = MetadataEnding().Replace(Path.GetFileName(metadata), "");
    }

    /// <summary>Full path of METADATA.XML.</summary>
    internal string Metadata { get; }

    /// <summary>Finds the product at <paramref name="path"/>: a folder, or the METADATA.XML in one.</summary>
    /// <exception cref="SceneException">There is none, or more than one.</exception>
    internal static ProductFolder Find(string path)
    {
        try
        {
            return Directory.Exists(path) ? FindIn(Path.GetFullPath(path)) : AtFile(path);
        }
        catch (UnauthorizedAccessException cause)
        {
            throw new SceneException($"{path}: cannot be read. {cause.Message}", cause);
        }
    }

    /// <summary>Full path of a raster by its key, for example SPECTRAL_IMAGE, or null if the product lacks it.</summary>
    /// <exception cref="SceneException">It is there twice, or only in a format that cannot be read.</exception>
    internal string? Raster(string key)
    {
        var found = With(key, RasterEndings);
        if (found.Length > 1)
            throw new SceneException($"{Path.GetDirectoryName(Metadata)}: {key} is there {found.Length} times: {Names(found)}; expected one file.");
        if (found.Length == 1)
            return found[0];
        if (With(key, OtherEndings) is [var other, ..])
        {
            throw new SceneException(
                $"{Path.GetFileName(other)}: this format cannot be read; expected a GeoTIFF. Convert it: " +
                $"gdal_translate \"{Path.GetFileName(other)}\" \"{prefix}{key}.TIF\"");
        }

        return null;
    }

    private static ProductFolder AtFile(string path)
    {
        if (!File.Exists(path))
            throw new SceneException($"{path}: there is no such folder. Expected the folder of an EnMAP L2A product.");
        if (!MetadataEnding().IsMatch(Path.GetFileName(path)))
        {
            throw new SceneException(
                $"{path}: expected the folder of an EnMAP L2A product or its METADATA.XML. An archive must be unpacked first.");
        }

        var full = Path.GetFullPath(path);
        return new ProductFolder(Directory.GetFiles(Path.GetDirectoryName(full)!), full);
    }

    private static ProductFolder FindIn(string folder)
    {
        var files = Directory.GetFiles(folder);
        var found = files.Where(file => MetadataEnding().IsMatch(Path.GetFileName(file))).Order(StringComparer.Ordinal).ToArray();
        if (found.Length > 1)
        {
            throw new SceneException(
                $"{folder}: holds {found.Length} products; expected one. Name the METADATA.XML of the wanted one: {Names(found)}.");
        }

        if (found.Length == 1)
            return new ProductFolder(files, found[0]);
        var inside = Directory.GetDirectories(folder)
            .Where(inner => Directory.EnumerateFiles(inner).Any(file => MetadataEnding().IsMatch(Path.GetFileName(file))))
            .Order(StringComparer.Ordinal).ToArray();
        throw new SceneException(
            $"{folder}: has no METADATA.XML; expected the folder of an EnMAP L2A product." +
            (inside.Length > 0 ? $" Name one of the product folders inside: {Names(inside)}." : ""));
    }

    private string[] With(string key, string[] endings) =>
        [.. files.Where(file => endings.Any(ending => Path.GetFileName(file).Equals(prefix + key + ending, StringComparison.OrdinalIgnoreCase)))];

    private static string Names(string[] paths) =>
        string.Join(", ", paths.Take(3).Select(Path.GetFileName)) + (paths.Length > 3 ? ", ..." : "");

    // STAC downloads end in .XML.XML.
    [GeneratedRegex(@"(?<=^|-)METADATA\.XML(\.XML)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex MetadataEnding();
}
