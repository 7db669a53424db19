using SpectralEarth.Scenes;
using SpectralEarth.Shards;

namespace SpectralEarth.Tiling;

/// <summary>Places of images that have the names of their files: different ones may have the same name, and one may be named twice.</summary>
internal sealed class ImageNames
{
    private readonly Dictionary<string, (string Path, RasterGrid Grid)> images = new(StringComparer.Ordinal);

    /// <summary>Notes where an image lies, if the scene is one.</summary>
    public void Add(string path, Scene scene)
    {
        if (SensorImage.IsTiff(path))
            images.Add(scene.Metadata.SceneId, (path, RasterGrid.Of(scene)));
    }

    /// <summary>True if a scene is another image than the earlier one that has its name.</summary>
    public bool IsNamesake(string path, Scene scene) =>
        SensorImage.IsTiff(path) && images.TryGetValue(scene.Metadata.SceneId, out var image)
        && (image.Grid != RasterGrid.Of(scene) || new FileInfo(image.Path).Length != new FileInfo(path).Length);

    /// <summary>Paths of images that have the name of a scene in the data set but lie elsewhere or have another size.</summary>
    public IEnumerable<string> ElsewhereThan(FinishedTiles present)
    {
        if (!present.Record.Scenes.Any(images.ContainsKey))
            return [];
        var scenes = present.Scenes.ToDictionary(scene => scene.SceneId);
        return Dataset.Open(present.Folder).Catalog.DistinctBy(patch => patch.SceneId)
            .Where(patch => images.TryGetValue(patch.SceneId, out var image) && !(LiesAt(image.Grid, patch) && HasSize(image.Grid, scenes[patch.SceneId])))
            .Select(patch => images[patch.SceneId].Path);
    }

    private static bool HasSize(RasterGrid image, SceneRecord scene) => (image.Width, image.Height) == (scene.Width, scene.Height);

    private static bool LiesAt(RasterGrid image, PatchInfo patch)
    {
        var scene = new GeoTransform(patch.Left, patch.Top, patch.PixelSizeM).Shifted(-patch.SceneColumn, -patch.SceneRow);
        var most = scene.PixelSizeM / 2;    // a scene off the grid has been moved so far
        return image.Epsg == patch.Epsg && Math.Abs(image.GeoTransform.Left - scene.Left) <= most && Math.Abs(image.GeoTransform.Top - scene.Top) <= most;
    }
}
