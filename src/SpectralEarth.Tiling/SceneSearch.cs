using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Products;

namespace SpectralEarth.Tiling;

/// <summary>The products that a user named, by scene: by name they are ordered and told apart.</summary>
internal sealed class SceneSearch
{
    private readonly SortedDictionary<string, string> scenes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> checksums = new(StringComparer.Ordinal);
    private readonly ImageNames images = new();
    private readonly List<(PixelQuality Quality, string SceneId)> untold = [];
    private readonly List<RejectedScene> rejected = [];

    /// <summary>Opens all products once to learn their names.</summary>
    public SceneSearch(TilePlan plan, CancellationToken cancel)
    {
        foreach (var path in plan.Paths)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                using var scene = plan.Open(path);
                if (scenes.TryAdd(scene.Metadata.SceneId, path))
                {
                    images.Add(path, scene);
                    checksums.Add(scene.Metadata.SceneId, plan.ChecksumOf(scene));
                    untold.AddRange(plan.WantedQualities.Where(quality => !scene.Tells(quality)).Select(quality => (quality, scene.Metadata.SceneId)));
                }
                else
                {
                    Reject(path, images.Repetition(path, scene, scenes[scene.Metadata.SceneId]));
                }
            }
            catch (SceneException e)
            {
                Reject(path, e.Message);
            }
        }
    }

    /// <summary>Path of each scene, by its name.</summary>
    public IReadOnlyDictionary<string, string> Scenes => scenes;

    /// <summary>Products that cannot be used.</summary>
    public IReadOnlyList<RejectedScene> Rejected => rejected;

    /// <summary>A warning for each quality that masks or limits ask for and whose layer scenes lack, of those that were named.</summary>
    public IEnumerable<string> OfMissingLayers => untold.GroupBy(one => one.Quality, one => one.SceneId).OrderBy(scenes => scenes.Key)
        .Select(scenes => (Name: QualityNames.Of(scenes.Key), Ids: scenes.Order(StringComparer.Ordinal).ToArray()))
        .Select(one => $"The layer of {one.Name} is missing in {one.Ids.Length} of {this.scenes.Count} scenes ({one.Ids[0]}{(one.Ids.Length > 1 ? ", ..." : "")}): there --max-{one.Name} and --mask {one.Name} have no effect. Fetch these products again with all layers, or leave the scenes out.");

    /// <summary>Rejects images that have the name of a scene in the data set but are others: they would pass for present.</summary>
    public void RejectNamesakes(FinishedTiles present)
    {
        foreach (var path in images.ElsewhereThan(present))
            Reject(path, "The data set holds another image of this name, by which scenes are told apart. Rename this one; the time stays in the name.");
    }

    /// <summary>
    /// Scenes that a data set does not hold, by name. Of an acquisition that was processed several times, only the newest
    /// is taken, and none if the data set holds one; the others are rejected.
    /// </summary>
    public IReadOnlyList<WantedScene> ChooseNew(FinishedTiles? present)
    {
        var wanted = new List<WantedScene>();
        var held = (present?.Record.Scenes ?? []).ToLookup(ProductName.AcquisitionOf, StringComparer.Ordinal);
        foreach (var processings in scenes.GroupBy(scene => ProductName.AcquisitionOf(scene.Key), StringComparer.Ordinal))
        {
            var newest = held[processings.Key].LastOrDefault() ?? processings.Last().Key;
            foreach (var (id, path) in processings.Where(scene => !held[processings.Key].Contains(scene.Key)))
            {
                if (id == newest)
                    wanted.Add(new WantedScene(id, path, checksums[id]));
                else if (string.CompareOrdinal(id, newest) < 0)
                    rejected.Add(RejectedScene.Superseded(path, newest));
                else
                    Reject(path, $"The data set holds {newest}, an older processing of the same acquisition, and scenes are not replaced. Tile all scenes into another folder to use the newer one, or leave it out.");
            }
        }

        return wanted;
    }

    /// <summary>Notes that a product cannot be used.</summary>
    public void Reject(string path, string reason) => rejected.Add(new RejectedScene { Path = path, Reason = reason });
}
