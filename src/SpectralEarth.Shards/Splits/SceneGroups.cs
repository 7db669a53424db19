namespace SpectralEarth.Shards.Splits;

/// <summary>
/// Scenes by common ground: scenes that reach into the same cell of the grid, directly or through others, form a group, so
/// that no ground lies in two groups.
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
                        parents[Root(scene)] = Root(firstIn[(patch.Epsg, row, column)]);
        }
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

    private int Root(int scene)
    {
        while (parents[scene] != scene)
            scene = parents[scene] = parents[parents[scene]];
        return scene;
    }
}
