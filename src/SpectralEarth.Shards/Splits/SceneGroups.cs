namespace SpectralEarth.Shards.Splits;

/// <summary>
/// Scenes by common ground: scenes that reach into the same cell of the grid, or whose patches overlap across zones, directly or
/// through others, form a group, so that no ground lies in two groups.
/// </summary>
internal sealed class SceneGroups
{
    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly List<int> parents = [];

    /// <summary>Groups the scenes of a catalog.</summary>
    /// <param name="catalog">Patches.</param>
    /// <param name="cell">Side of a cell, pixels: that of a patch.</param>
    public SceneGroups(IReadOnlyList<PatchInfo> catalog, int cell)
    {
        var firstIn = new Dictionary<(int Epsg, long Row, long Column), int>();
        foreach (var patch in catalog)
        {
            var scene = NumberOf(patch.SceneId);
            var (top, left) = GroundGrid.PositionOf(patch);
            for (var row = GroundGrid.Floor(top, cell); row <= GroundGrid.Floor(top + cell - 1, cell); row++)
                for (var column = GroundGrid.Floor(left, cell); column <= GroundGrid.Floor(left + cell - 1, cell); column++)
                    if (!firstIn.TryAdd((patch.Epsg, row, column), scene))
                        Join(scene, firstIn[(patch.Epsg, row, column)]);
        }

        foreach (var (first, second) in ZoneOverlaps.Find(catalog))
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
