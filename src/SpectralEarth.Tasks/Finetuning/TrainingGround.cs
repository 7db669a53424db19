using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>The ground and the scenes that a network was trained on.</summary>
internal sealed class TrainingGround
{
    private readonly GroundIndex<int> index;
    private readonly HashSet<string> scenes;

    /// <param name="dataset">Data set.</param>
    /// <param name="patches">Catalog indices of the training patches.</param>
    public TrainingGround(Dataset dataset, IReadOnlyList<int> patches)
    {
        scenes = patches.Select(patch => dataset.Catalog[patch].SceneId).ToHashSet(StringComparer.Ordinal);
        var ground = PatchGround.Of(dataset);
        index = ground.Index<int>(dataset.Catalog);
        foreach (var patch in patches)
            index.Add(ground.Of(dataset.Catalog[patch]), patch);
    }

    /// <summary>Number of patches, of this or another data set, that show some of the ground. Different UTM zones are taken for different ground.</summary>
    public int PatchesOn(Dataset dataset, IReadOnlyList<int> patches)
    {
        var ground = PatchGround.Of(dataset);
        return patches.Count(patch => index.Overlapping(ground.Of(dataset.Catalog[patch])).Any());
    }

    /// <summary>Which pixels of a raster show some of the ground, by the pixels' centres, [H, W].</summary>
    /// <param name="raster">Size and place.</param>
    public bool[] PixelsOn(RasterGrid raster)
    {
        var (from, size) = (raster.GeoTransform, raster.GeoTransform.PixelSizeM);
        var (right, bottom) = from.ToMap(raster.Width, raster.Height);
        var marked = new bool[raster.Width * raster.Height];
        foreach (var (ground, _) in index.Overlapping(new GroundRectangle(raster.Epsg, from.Left, from.Top, right, bottom)))
        {
            var (first, end) = (First(ground.Left - from.Left, raster.Width), First(ground.Right - from.Left, raster.Width));
            for (var row = First(from.Top - ground.Top, raster.Height); row < First(from.Top - ground.Bottom, raster.Height); row++)
                marked.AsSpan((row * raster.Width) + first, end - first).Fill(true);
        }

        return marked;

        // The first pixel whose centre lies at or behind a distance from the edge.
        int First(double distance, int count) => (int)Math.Clamp(Math.Ceiling((distance / size) - 0.5), 0, count);
    }

    /// <summary>Number of scenes, of those given, that supplied training patches.</summary>
    public int ScenesIn(IEnumerable<string> evaluated) => evaluated.Count(scenes.Contains);
}
