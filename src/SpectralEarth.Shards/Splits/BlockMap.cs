namespace SpectralEarth.Shards.Splits;

/// <summary>
/// Which blocks the patches of a catalog reach into. Patches that reach into the same blocks form a group: they are kept
/// or dropped together. Where zones meet, a patch also reaches into the blocks of the patches of a lower EPSG code that it overlaps: in
/// another part than they are, it is dropped, and they stay. A split by scenes has groups of scenes for blocks: those whose edges meet in a location
/// that they share no ground of are different ones. A location that shares ground with no other lies in the block of its middle, wherever
/// its edges are. A patch whose place on Earth is not known is a block of its own.
/// </summary>
internal sealed class BlockMap
{
    private readonly Dictionary<(int Epsg, long Row, long Column), int> numbers = [];
    private readonly Dictionary<string, int> groupNumbers = new(StringComparer.Ordinal);
    private readonly List<Group> groups = [];
    private readonly List<int> patchesIn = [];
    private readonly int[] groupOf;
    private readonly Lazy<HashSet<(int Epsg, long Row, long Column)>> sharing;    // places that share ground with others of their zone

    /// <summary>Maps all patches of <paramref name="catalog"/>.</summary>
    public BlockMap(IReadOnlyList<PatchInfo> catalog, SplitOptions options)
    {
        Classes = options.ClassCounts is { Count: > 0 } counts ? counts[0].Count : 0;
        groupOf = new int[catalog.Count];
        sharing = new(() => Sharing(catalog, options.Ground));
        var scenes = options.Unit == SplitUnit.Scene ? new SceneGroups(catalog, options.Ground) : null;
        var overlapped = (scenes is null ? ZoneOverlaps.Find(catalog, options.Ground) : [])
            .ToLookup(pair => GroundGrid.PlaceOf(catalog[pair.Second]), pair => catalog[pair.First]);
        var groupsAt = (scenes is null ? [] : catalog).ToLookup(patch => patch.LocationId, patch => scenes!.GroupOf(patch.SceneId), StringComparer.Ordinal);
        for (var patch = 0; patch < catalog.Count; patch++)
        {
            // The first block of a neighbour stands for all of them: were they in several parts, the neighbour would be in none.
            int[] blocks = scenes is null
                ? [.. Blocks(catalog[patch], options).Concat(overlapped[GroundGrid.PlaceOf(catalog[patch])].Select(other => Blocks(other, options)[0])).Distinct()]
                : [.. groupsAt[catalog[patch].LocationId].Prepend(scenes.GroupOf(catalog[patch].SceneId)).Distinct().Select(group => BlockNumber((0, group, 0)))];
            groupOf[patch] = GroupNumber(blocks);
            patchesIn[blocks[0]]++;
            var group = groups[groupOf[patch]];
            group.Patches++;
            for (var label = 0; label < Classes; label++)
                group.ClassCounts[label] += options.ClassCounts![patch][label];
        }
    }

    /// <summary>Number of blocks.</summary>
    public int Count => numbers.Count;
    /// <summary>Number of patches.</summary>
    public int Patches => groupOf.Length;
    /// <summary>Number of classes counted.</summary>
    public int Classes { get; }
    /// <summary>Patches by the blocks that they reach into.</summary>
    public IReadOnlyList<Group> Groups => groups;
    /// <summary>Patches whose upper left pixel, or middle, lies in a block.</summary>
    public int PatchesIn(int block) => patchesIn[block];
    /// <summary>The group of a patch.</summary>
    public Group GroupOf(int patch) => groups[groupOf[patch]];

    private int[] Blocks(PatchInfo patch, SplitOptions options)
    {
        var side = (long)options.BlockSize * options.PatchSize;
        var (top, left) = GroundGrid.PositionOf(patch);
        if (options.Unit == SplitUnit.Patch || patch.Epsg == GroundGrid.UnknownPlace)
            return [BlockNumber(GroundGrid.PlaceOf(patch))];
        var (firstColumn, lastColumn) = (GroundGrid.Floor(left, side), GroundGrid.Floor(left + options.PatchSize - 1, side));
        var (firstRow, lastRow) = (GroundGrid.Floor(top, side), GroundGrid.Floor(top + options.PatchSize - 1, side));
        if ((firstRow, firstColumn) != (lastRow, lastColumn) && !sharing.Value.Contains(GroundGrid.PlaceOf(patch)))
            return [BlockNumber((patch.Epsg, GroundGrid.Floor(top + (options.PatchSize / 2), side), GroundGrid.Floor(left + (options.PatchSize / 2), side)))];
        var blocks = new List<int>();
        for (var row = firstRow; row <= lastRow; row++)
            for (var column = firstColumn; column <= lastColumn; column++)
                blocks.Add(BlockNumber((patch.Epsg, row, column)));
        return [.. blocks];
    }

    /// <summary>Places of which any date shows ground that another place shows too.</summary>
    private static HashSet<(int Epsg, long Row, long Column)> Sharing(IReadOnlyList<PatchInfo> catalog, PatchGround ground)
    {
        var index = ground.Index<(int, long, long)>(catalog);
        foreach (var (shown, place) in catalog.Select(patch => (Ground: ground.Of(patch), Place: GroundGrid.PlaceOf(patch))).Distinct())
            index.Add(shown, place);
        return [.. catalog.Where(patch => index.Overlapping(ground.Of(patch)).Any(other => other.Value != GroundGrid.PlaceOf(patch))).Select(GroundGrid.PlaceOf)];
    }

    private int BlockNumber((int, long, long) key)
    {
        if (numbers.TryGetValue(key, out var number))
            return number;
        numbers.Add(key, numbers.Count);
        patchesIn.Add(0);
        return numbers.Count - 1;
    }

    private int GroupNumber(int[] blocks)
    {
        var key = string.Join(' ', blocks);
        if (groupNumbers.TryGetValue(key, out var number))
            return number;
        groupNumbers.Add(key, groups.Count);
        groups.Add(new Group(blocks, Classes));
        return groups.Count - 1;
    }

    /// <summary>Patches that reach into the same blocks.</summary>
    public sealed class Group(int[] blocks, int classes)
    {
        /// <summary>Number of patches.</summary>
        public int Patches { get; set; }
        /// <summary>Pixels of each class.</summary>
        public long[] ClassCounts { get; } = new long[classes];
        /// <summary>Block of the upper left pixel, or of the middle.</summary>
        public int Block => blocks[0];

        /// <summary>The part that all blocks belong to, or -1 if they belong to several.</summary>
        public int PartOf(int[] parts)
        {
            var part = parts[blocks[0]];
            foreach (var block in blocks)
                if (parts[block] != part)
                    return -1;
            return part;
        }
    }
}
