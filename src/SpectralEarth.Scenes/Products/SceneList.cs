using SpectralEarth.Spectra;

namespace SpectralEarth.Scenes.Products;

/// <summary>Finds the products under the paths that a user names: folders, archives, patterns and lists of those.</summary>
public static class SceneList
{
    private const string ListEnding = ".txt";
    private const int MaximumListBytes = 64 << 20;

    /// <summary>
    /// Paths to open: a folder with METADATA.XML stays itself, other folders are searched for such folders and for
    /// archives at any depth, an archive becomes the products in it. Of a sensor whose products are GeoTIFFs, folders give the images below them.
    /// Where nothing is found the path is kept, as are folders that cannot be read, products without METADATA.XML, archives without a
    /// product or of a kind that is not read, and lines of a list that name nothing, so that opening them tells what is wrong. Sorted, without repetitions.
    /// </summary>
    /// <param name="paths">What the user named.</param>
    /// <param name="form">Form of the sensor's products.</param>
    /// <param name="cancel">Stops the search.</param>
    /// <exception cref="SceneException">A path does not exist, a pattern matches nothing, or a list names nothing or another list.</exception>
    public static IReadOnlyList<string> Expand(IReadOnlyList<string> paths, ProductForm form = ProductForm.EnmapL2a, CancellationToken cancel = default) =>
        [.. paths.SelectMany(path => IsList(path) ? Listed(path, form, cancel) : Required(path, form, cancel)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>True if a path is that of an image without METADATA.XML of EnMAP beside it.</summary>
    private static bool IsImage(string path, ProductForm form) => SensorImage.IsTiff(path)
        && (form == ProductForm.Geotiff || !(File.Exists(path) && FolderTree.FilesIn(Path.GetDirectoryName(Path.GetFullPath(path))!).Any(ProductFiles.IsMetadata)));

    /// <summary>Opens one of these paths: a product of EnMAP, or the image of a sensor whose products are GeoTIFFs.</summary>
    /// <param name="path">One of the paths that <see cref="Expand"/> gave.</param>
    /// <param name="sensor">The user's sensor.</param>
    /// <exception cref="SceneException">It cannot be used.</exception>
    public static Scene Open(string path, Sensor sensor)
    {
        if (!Path.Exists(path) && !path.Contains(ProductPath.Inside, StringComparison.Ordinal))
            throw NothingAt(path);
        if (IsImage(path, sensor.Descriptor.Products))
            return SensorImage.Open(path, sensor);
        return sensor.Descriptor.Products == ProductForm.EnmapL2a ? Scene.Open(path) : throw NoImage(path, sensor.Descriptor.Name);
    }

    private static SceneException NoImage(string path, string sensor)
    {
        if (ProductPath.IsArchive(path) || ProductPath.IsOtherArchive(path))
            return new SceneException($"{path}: of archives only those of EnMAP L2A products are read in place. Unpack it and name the folder: scenes of {sensor} are GeoTIFFs.");
        if (!Directory.Exists(path))
            return new SceneException($"{path}: expected a GeoTIFF (.tif, .tiff) of {sensor}, or a folder with such images.");
        _ = FolderTree.FilesIn(path);   // a folder that cannot be read says so itself
        return new SceneException($"{path}: holds no GeoTIFF (.tif, .tiff). Expected images of {sensor}.");
    }

    private static bool IsList(string path) => path.EndsWith(ListEnding, StringComparison.OrdinalIgnoreCase) && File.Exists(path);

    /// <summary>
    /// A path on each line, in quotes or not, relative to the list; empty lines and those that begin with # are passed over.
    /// Lines that name nothing are kept while others name something.
    /// </summary>
    private static IReadOnlyList<string> Listed(string list, ProductForm form, CancellationToken cancel)
    {
        if (new FileInfo(list).Length > MaximumListBytes)
            throw new SceneException($"{list}: a list of scenes has at most {MaximumListBytes >> 20} MiB.");
        var folder = Path.GetDirectoryName(Path.GetFullPath(list))!;
        var lines = File.ReadLines(list).Select((line, i) => (Text: Unquoted(line.Trim()), Number: i + 1))
            .Where(line => line.Text.Length > 0 && !line.Text.StartsWith('#')).Select(line => (Path: Path.Combine(folder, line.Text), line.Number)).ToArray();
        if (lines.Length == 0)
            throw new SceneException($"{list}: names no scene. Expected a path or pattern on each line.");
        if (lines.FirstOrDefault(line => IsList(line.Path)) is { Path: not null } other)
            throw new SceneException($"{list}, line {other.Number}: names another list, {other.Path}; expected scenes. Name both lists on the command line.");
        var found = lines.Select(line => Products(line.Path, form, cancel)).ToArray();
        return found.Any(products => products.Count > 0)
            ? [.. found.SelectMany((products, i) => products.Count > 0 ? products : [lines[i].Path])]
            : throw new SceneException($"{list}, line {lines[0].Number}: {NothingAt(lines[0].Path).Message}");
    }

    private static string Unquoted(string text) => text is ['"', .., '"'] or ['\'', .., '\''] ? text[1..^1] : text;

    private static IReadOnlyList<string> Required(string path, ProductForm form, CancellationToken cancel) =>
        Products(path, form, cancel) is { Count: > 0 } found ? found : throw NothingAt(path);

    /// <summary>What a path becomes; empty if there is nothing.</summary>
    private static IReadOnlyList<string> Products(string path, ProductForm form, CancellationToken cancel)
    {
        if (File.Exists(path))
            return OfFile(Path.GetFullPath(path), form, cancel);
        if (Directory.Exists(path))
            return OfFolder(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), form, cancel);
        if (PathPattern.IsPattern(path))
            return [.. PathPattern.Matches(path, cancel).Where(IsScene).SelectMany(one => Products(one, form, cancel) is { Count: > 0 } found ? found : [one])];
        return path.Contains(ProductPath.Inside, StringComparison.Ordinal) ? [Path.GetFullPath(path)] : [];
    }

    private static SceneException NothingAt(string path) => new(PathPattern.IsPattern(path)
        ? $"{path}: matches no folder, archive, METADATA.XML or GeoTIFF. Expected products."
        : $"{path}: there is no such file or folder. Expected the folder or archive of an EnMAP L2A product, a folder with products, a pattern, or a list (.txt).");

    /// <summary>What a pattern may match besides products, such as read-me files, is passed over.</summary>
    private static bool IsScene(string path) => Directory.Exists(path) || ProductPath.IsArchive(path) || ProductPath.IsOtherArchive(path) || ProductFiles.IsMetadata(path) || SensorImage.IsTiff(path);

    private static IReadOnlyList<string> OfFile(string file, ProductForm form, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return form == ProductForm.EnmapL2a && ProductPath.IsArchive(file) ? OfArchive(file) : [file];
    }

    /// <summary>The products of an archive that holds several; else the archive itself, also if it cannot be read.</summary>
    private static IReadOnlyList<string> OfArchive(string file)
    {
        try
        {
            var inside = ProductPath.InArchive(file);
            return inside.Count > 1 ? inside : [file];
        }
        catch (SceneException)
        {
            // Not passed over: opening it gives the same error, and the archive is rejected with it.
            return [file];
        }
    }

    private static IReadOnlyList<string> OfFolder(string folder, ProductForm form, CancellationToken cancel)
    {
        var tree = FolderTree.Of(folder, cancel);
        var products = tree.Files.Where(ProductFiles.IsMetadata).ToLookup(file => Path.GetDirectoryName(file)!, StringComparer.Ordinal);
        if (form == ProductForm.EnmapL2a && products.Contains(folder))
            return InFolder(products[folder]);
        var scenes = form == ProductForm.EnmapL2a ? products.SelectMany(InFolder).Concat(ProductFiles.FoldersWithoutMetadata(tree.Files)) : ImageSearch.Among(tree.Files);
        string[] found = [.. scenes, .. tree.Files.Where(ProductPath.IsArchive).SelectMany(file => OfFile(file, form, cancel)), .. tree.Files.Where(ProductPath.IsOtherArchive), .. tree.Unreadable];
        return found.Length > 0 ? found : [folder];
    }

    /// <summary>The folder itself, or its METADATA.XML files if it holds several products.</summary>
    private static IReadOnlyList<string> InFolder(IEnumerable<string> metadata)
    {
        string[] files = [.. metadata];
        return files.Length > 1 ? files : [Path.GetDirectoryName(files[0])!];
    }
}
