namespace SpectralEarth.Shards.Splits;

/// <summary>
/// Scenes by common ground: scenes whose patches show some of the same ground, directly or through others, also across zones, form a
/// group, so that no ground lies in two groups.
/// </summary>
internal sealed class SceneGroups
{
    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly List<int> parents = [];

    /// <summary>Groups the scenes of a catalog.</summary>
    /// <param name="catalog">Patches.</param>
    /// <param name="ground">Ground of the patches.</param>
    public SceneGroups(IReadOnlyList<PatchInfo> catalog, PatchGround ground)
    {
        var firstOf = new Dictionary<GroundRectangle, int>();
        var index = ground.Index<int>(catalog);
        foreach (var patch in catalog)
        {
            var (scene, shown) = (NumberOf(patch.SceneId), ground.Of(patch));
            if (!firstOf.TryAdd(shown, scene))
            {
                Join(scene, firstOf[shown]);
                continue;
            }

            foreach (var (_, other) in index.Overlapping(shown))
                Join(scene, other);
            index.Add(shown, scene);
        }

        foreach (var (first, second) in ZoneOverlaps.Find(catalog, ground))
            Join(NumberOf(catalog[second].SceneId), NumberOf(catalog[first].SceneId));
    }

    /// <summary>Number of the group of a scene.</summary>
    public int GroupOf(string sceneId) => Root(numbers[sceneId]);

    private int NumberOf(string sceneId)
    {
        if (numbers.TryGetValue(sceneId, out var number))
            return number;
        numbers.Add(sceneId, parents.Count);
        parents.Add(parents.Count);
        return parents.Count - 1;
    }

    private void Join(int scene, int other) => parents[Root(scene)] = Root(other);

    private int Root(int scene)
    {
        while (parents[scene] != scene)
            scene = parents[scene] = parents[parents[scene]];
        return scene;
    }
}
