using SpectralEarth.Spectra;

namespace SpectralEarth.Scenes.Products;

/// <summary>Finds the products under the paths that a user names: folders, archives, patterns and lists of those.</summary>
public static class SceneList
{
    private const string ListEnding = ".txt";
    private const int MaximumListBytes = 64 << 20;

    private static readonly string[] MetadataEndings = ["METADATA.XML", "METADATA.XML.XML"];

    /// <summary>
    /// Paths to open: a folder with METADATA.XML stays itself, other folders are searched for such folders and for
    /// archives at any depth, an archive becomes the products in it. Where nothing is found the path is kept, so that
    /// opening it tells what is missing. Of a sensor whose products are GeoTIFFs, folders give the images below them.
    /// Sorted, without repetitions.
    /// </summary>
    /// <param name="paths">What the user named.</param>
    /// <param name="form">Form of the sensor's products.</param>
    /// <exception cref="SceneException">A path does not exist, a pattern matches nothing, or a list names nothing.</exception>
    public static IReadOnlyList<string> Expand(IReadOnlyList<string> paths, ProductForm form = ProductForm.EnmapL2a) =>
        [.. paths.SelectMany(path => IsList(path) ? Listed(path, form) : Products(path, form)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>True if a path is that of an image without METADATA.XML of EnMAP beside it.</summary>
    private static bool IsImage(string path, ProductForm form) => SensorImage.IsTiff(path)
        && (form == ProductForm.Geotiff || !(File.Exists(path) && Files(Path.GetDirectoryName(Path.GetFullPath(path))!, recurse: false).Any(IsMetadata)));

    /// <summary>Opens one of these paths: a product of EnMAP, or the image of a sensor whose products are GeoTIFFs.</summary>
    /// <param name="path">One of the paths that <see cref="Expand"/> gave.</param>
    /// <param name="sensor">The user's sensor.</param>
    /// <exception cref="SceneException">It cannot be used.</exception>
    public static Scene Open(string path, Sensor sensor) =>
        IsImage(path, sensor.Descriptor.Products) ? SensorImage.Open(path, sensor) : Scene.Open(path);

    private static bool IsList(string path) => path.EndsWith(ListEnding, StringComparison.OrdinalIgnoreCase) && File.Exists(path);

    /// <summary>A path on each line, relative to the list; empty lines and those that begin with # are passed over.</summary>
    private static IEnumerable<string> Listed(string list, ProductForm form)
    {
        if (new FileInfo(list).Length > MaximumListBytes)
            throw new SceneException($"{list}: a list of scenes has at most {MaximumListBytes >> 20} MiB.");
        var folder = Path.GetDirectoryName(Path.GetFullPath(list))!;
        var lines = File.ReadLines(list).Select((line, i) => (Text: line.Trim(), Number: i + 1))
            .Where(line => line.Text.Length > 0 && !line.Text.StartsWith('#')).ToArray();
        return lines.Length > 0
            ? lines.SelectMany(line => OnLine(list, line.Number, Path.Combine(folder, line.Text), form))
            : throw new SceneException($"{list}: names no scene. Expected a path or pattern on each line.");
    }

    private static IEnumerable<string> OnLine(string list, int number, string path, ProductForm form)
    {
        if (IsList(path))
            throw new SceneException($"{list}, line {number}: names another list, {path}; expected scenes. Name both lists on the command line.");
        try
        {
            return [.. Products(path, form)];
        }
        catch (SceneException cause)
        {
            throw new SceneException($"{list}, line {number}: {cause.Message}", cause);
        }
    }

    private static IEnumerable<string> Products(string path, ProductForm form)
    {
        if (File.Exists(path))
            return OfFile(Path.GetFullPath(path));
        if (Directory.Exists(path))
            return form == ProductForm.EnmapL2a ? OfFolder(Path.GetFullPath(path)) : OfImages(Path.GetFullPath(path));
        if (PathPattern.IsPattern(path))
        {
            var found = PathPattern.Matches(path).Where(IsScene).ToArray();
            return found.Length > 0
                ? found.SelectMany(one => Products(one, form))
                : throw new SceneException($"{path}: matches no folder, archive, METADATA.XML or GeoTIFF. Expected products.");
        }

        if (path.Contains("!/", StringComparison.Ordinal))
            return [Path.GetFullPath(path)];
        throw new SceneException($"{path}: there is no such file or folder. Expected the folder or archive of an EnMAP L2A product, a folder with products, a pattern, or a list (.txt).");
    }

    /// <summary>What a pattern may match besides products, such as read-me files, is passed over.</summary>
    private static bool IsScene(string path) => Directory.Exists(path) || ProductPath.IsArchive(path) || IsMetadata(path) || SensorImage.IsTiff(path);

    private static IReadOnlyList<string> OfImages(string folder)
    {
        var images = ImageSearch.InFolder(folder);
        return images.Count > 0 ? images : throw new SceneException($"{folder}: holds no GeoTIFF (.tif, .tiff). Expected images of the sensor named with --sensor.");
    }

    private static IReadOnlyList<string> OfFile(string file)
    {
        if (!ProductPath.IsArchive(file))
            return [file];
        var inside = OfArchive(file);
        return inside.Count > 0 ? inside : [file];
    }

    /// <summary>The archive itself if it holds one product or cannot be read; else its products.</summary>
    private static IReadOnlyList<string> OfArchive(string file)
    {
        try
        {
            var inside = ProductPath.InArchive(file);
            return inside.Count == 1 ? [file] : inside;
        }
        catch (SceneException)
        {
            // Not passed over: opening it gives the same error, and the archive is rejected with it.
            return [file];
        }
    }

    private static IReadOnlyList<string> OfFolder(string folder)
    {
        if (Files(folder, recurse: false).Any(IsMetadata))
            return InFolder(folder);
        var files = Files(folder, recurse: true).ToArray();
        var folders = files.Where(IsMetadata).Select(file => Path.GetDirectoryName(file)!).Distinct(StringComparer.Ordinal).SelectMany(InFolder);
        string[] found = [.. folders, .. files.Where(ProductPath.IsArchive).SelectMany(OfArchive)];
        return found.Length > 0 ? found : [folder];
    }

    /// <summary>The folder itself, or its METADATA.XML files if it holds several products.</summary>
    private static IReadOnlyList<string> InFolder(string folder)
    {
        var files = Files(folder, recurse: false).Where(IsMetadata).ToArray();
        return files.Length > 1 ? files : [folder];
    }

    private static bool IsMetadata(string file) => MetadataEndings.Any(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string> Files(string folder, bool recurse) =>
        Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = recurse, MaxRecursionDepth = 32 });
}
