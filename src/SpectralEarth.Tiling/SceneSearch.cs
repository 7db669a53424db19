using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Products;

namespace SpectralEarth.Tiling;

/// <summary>The products that a user named, by scene: by name they are ordered and told apart.</summary>
internal sealed class SceneSearch
{
    private readonly SortedDictionary<string, List<WantedScene>> scenes = new(StringComparer.Ordinal);    // copies in order of their paths
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
                var id = scene.Metadata.SceneId;
                var copy = scenes.GetValueOrDefault(id)?.Count ?? 0;
                var found = new WantedScene(id, path, copy, plan.ChecksumOf(scene));
                if (scenes.TryAdd(id, [found]))
                {
                    images.Add(path, scene);
                    untold.AddRange(plan.WantedQualities.Where(quality => !scene.Tells(quality)).Select(quality => (quality, id)));
                }
                else if (images.IsNamesake(path, scene))
                {
                    Reject(path, $"Another image, {scenes[id][0].Path}, has the same name, by which scenes are told apart. Rename one of them; the time stays in the name.");
                }
                else
                {
                    scenes[id].Add(found);
                }
            }
            catch (SceneException e)
            {
                Reject(path, e.Message);
            }
        }
    }

    /// <summary>Path of a scene; empty if it was not named.</summary>
    public string PathOf(string sceneId) => scenes.TryGetValue(sceneId, out var copies) ? copies[0].Path : "";

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
    /// Scenes that a data set does not hold, by name. Of an acquisition that was named several times, the newest processing comes first, of it
    /// the path that sorts first; the others are its spares. If the data set holds one, none is taken and the others are rejected.
    /// </summary>
    public IReadOnlyList<WantedScene> ChooseNew(FinishedTiles? present)
    {
        var wanted = new List<WantedScene>();
        var held = (present?.Record.Scenes ?? []).ToLookup(ProductName.AcquisitionOf, StringComparer.Ordinal);
        foreach (var processings in scenes.GroupBy(scene => ProductName.AcquisitionOf(scene.Key), scene => scene.Value, StringComparer.Ordinal))
        {
            WantedScene[] candidates = [.. processings.Reverse().SelectMany(copies => copies)];
            if (held[processings.Key].LastOrDefault() is { } newest)
                rejected.AddRange(processings.SelectMany(copies => NotTaken(copies, held[processings.Key].Contains(copies[0].Id), newest, present!)));
            else
                wanted.Add(candidates[0] with { Spares = candidates[1..] });
        }

        return wanted;
    }

    /// <summary>
    /// Gives the result of the first candidate of an acquisition that can be used. Those before it are rejected with the reasons, those
    /// after it because it is taken. Null if none can be used.
    /// </summary>
    /// <param name="scene">The first candidate.</param>
    /// <param name="use">Uses a candidate, or throws the <see cref="SceneException"/> that says why it cannot be.</param>
    public T? Take<T>(WantedScene scene, Func<WantedScene, T> use)
        where T : class
    {
        var (result, taken) = ((T?)null, (WantedScene?)null);
        var failed = new List<(WantedScene Scene, string Reason)>();
        foreach (var candidate in scene.Candidates)
        {
            try
            {
                if (taken is not null)
                    rejected.Add(candidate.Behind(taken));
                else
                    (result, taken) = (use(candidate), candidate);
            }
            catch (SceneException e)
            {
                failed.Add((candidate, e.Message));
            }
        }

        foreach (var (candidate, reason) in failed)
            Reject(candidate.Path, taken is null ? reason : $"{reason} {taken.Path} is tiled in its place: to use this one once it is mended, tile all scenes into another folder.");
        return result;
    }

    /// <summary>Copies of a processing whose acquisition the data set holds, but the one that is in it. A reason that it tells stays: pixels are not read again.</summary>
    private static IEnumerable<RejectedScene> NotTaken(List<WantedScene> copies, bool isHeld, string newest, FinishedTiles present)
    {
        var told = present.Record.Rejected.ToLookup(scene => scene.Path, StringComparer.Ordinal);
        var taken = isHeld ? copies.Find(copy => !told.Contains(copy.Path)) ?? copies[0] : new WantedScene(newest, "", 0, "");
        return copies.Where(copy => copy != taken).Select(copy => told[copy.Path].FirstOrDefault()
            ?? (string.CompareOrdinal(copy.Id, newest) <= 0 ? copy.Behind(taken) : new RejectedScene
            {
                Path = copy.Path,
                Reason = $"The data set holds {newest}, an older processing of the same acquisition, and scenes are not replaced. Tile all scenes into another folder to use the newer one, or leave it out.",
            }));
    }

    /// <summary>Notes that a product cannot be used.</summary>
    public void Reject(string path, string reason) => rejected.Add(new RejectedScene { Path = path, Reason = reason });
}
