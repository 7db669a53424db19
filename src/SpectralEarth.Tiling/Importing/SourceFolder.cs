using System.Text.RegularExpressions;
using SpectralEarth.Scenes;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tiling.Importing;

/// <summary>Finds the patches of a published folder, in the order of the catalog that they will have.</summary>
internal static partial class SourceFolder
{
    private const string PublishedImages = "enmap", HySpecNetPatches = "patches", HySpecNetImage = "-SPECTRAL_IMAGE.TIF";

    /// <summary>All patches, sorted by location, time and scene.</summary>
    /// <param name="layout">How the files lie.</param>
    /// <param name="folder">Root folder, or the folder of the images in it.</param>
    /// <param name="sensor">Sensor of the images.</param>
    /// <param name="task">Task of <see cref="PatchLayout.Downstream"/>.</param>
    /// <exception cref="SceneException">A folder of the layout is missing or holds no images.</exception>
    public static IReadOnlyList<SourcePatch> Find(PatchLayout layout, string folder, Sensor sensor, TaskDescriptor? task)
    {
        var patches = layout switch
        {
            PatchLayout.HySpecNet11k => HySpecNet(Inside(folder, HySpecNetPatches), sensor),
            PatchLayout.Downstream when task!.Type == TaskType.Regression => NumpyImages(Required(folder, task.ImageFolder)),
            PatchLayout.Downstream => PatchFolders(Required(folder, task!.ImageFolder), sensor, task.LabelFolder is { } labels ? Required(folder, labels) : throw new SceneException(
                $"{task.Name} has no label rasters, so there is nothing to import as 'downstream'. Name a task with rasters.")),
            _ => PatchFolders(Inside(folder, PublishedImages), sensor, labels: null),
        };
        var ordered = patches.OrderBy(patch => patch.LocationId, StringComparer.Ordinal).ThenBy(patch => patch.Time).ThenBy(patch => patch.SceneId, StringComparer.Ordinal)
            .Select((patch, number) => patch with { Number = number }).ToArray();
        if (ordered.GroupBy(patch => (patch.LocationId, patch.SceneId)).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new SceneException($"{string.Join(" and ", twice.Select(patch => patch.Image))}: both are scene {twice.Key.SceneId} of location {twice.Key.LocationId}; expected one file. Remove the other.");
        return ordered.Length > 0 ? ordered : throw new SceneException($"{folder}: holds no patches of the layout '{layout}'. Expected {Expected(layout, task)}.");
    }

    private static string Expected(PatchLayout layout, TaskDescriptor? task) => layout switch
    {
        PatchLayout.HySpecNet11k => $"{HySpecNetPatches}/TILE/PATCH/PATCH{HySpecNetImage}",
        PatchLayout.Downstream when task!.Type == TaskType.Regression => $"{task.ImageFolder}/NUMBER.npz",
        PatchLayout.Downstream => $"{task!.ImageFolder}/PATCH/SCENE.tif and {task.LabelFolder}/PATCH/SCENE.tif",
        _ => $"{PublishedImages}/PATCH/SCENE.tif",
    };

    private static string Inside(string folder, string name) => Required(folder, Directory.Exists(Path.Combine(folder, name)) ? name : ".");

    private static string Required(string folder, string name) => Directory.Exists(Path.Combine(folder, name))
        ? Path.GetFullPath(Path.Combine(folder, name))
        : throw new SceneException($"{Path.Combine(folder, name)}: there is no such folder. Name the root folder of the published data.");

    private static IEnumerable<SourcePatch> PatchFolders(string images, Sensor sensor, string? labels) =>
        from patch in Directory.GetDirectories(images)
        let location = Path.GetFileName(patch)
        let files = Directory.GetFiles(patch).ToHashSet(StringComparer.Ordinal)
        from image in files
        where SensorImage.IsTiff(image) && !PatchExporter.IsBesideImage(image)
        let scene = Path.GetFileNameWithoutExtension(image)
        select new SourcePatch(image, location, scene, TimeOf(scene), labels is null ? null : Path.Combine(labels, location, Path.GetFileName(image)), SensorImage.FilesOf(image, sensor, files.Contains));

    private static IEnumerable<SourcePatch> NumpyImages(string images) =>
        from image in Directory.GetFiles(images)
        where image.EndsWith(".npz", StringComparison.OrdinalIgnoreCase)
        let name = Path.GetFileNameWithoutExtension(image)
        select new SourcePatch(image, name, name, SensorImage.UnknownTime, null, [image]);

    private static IEnumerable<SourcePatch> HySpecNet(string patches, Sensor sensor) =>
        from tile in Directory.GetDirectories(patches)
        from patch in Directory.GetDirectories(tile)
        let files = Directory.GetFiles(patch).ToHashSet(StringComparer.Ordinal)
        from image in files
        where image.EndsWith(HySpecNetImage, StringComparison.OrdinalIgnoreCase)
        let name = Path.GetFileName(image)[..^HySpecNetImage.Length]
        let scene = WindowEnding().Replace(name, "")
        select new SourcePatch(image, name, scene, TimeOf(scene), null, SensorImage.FilesOf(image, sensor, files.Contains));

    private static DateTime TimeOf(string scene) => AcquisitionTime.InName(scene) ?? SensorImage.UnknownTime;

    [GeneratedRegex(@"-Y\d{8}_X\d{8}$", RegexOptions.CultureInvariant)]
    private static partial Regex WindowEnding();
}
