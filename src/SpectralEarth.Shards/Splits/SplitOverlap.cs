namespace SpectralEarth.Shards.Splits;

/// <summary>Finds ground that lies in two parts of a split.</summary>
internal static class SplitOverlap
{
    /// <summary>Two locations of different parts that overlap; null if there are none.</summary>
    /// <param name="catalog">Patches.</param>
    /// <param name="ground">Ground of the patches.</param>
    /// <param name="split">Parts.</param>
    public static (string First, string Second)? Find(IReadOnlyList<PatchInfo> catalog, PatchGround ground, DatasetSplit split) =>
        WithinZones(catalog, ground, split) ?? AcrossZones(catalog, ground, split);

    private static (string First, string Second)? WithinZones(IReadOnlyList<PatchInfo> catalog, PatchGround ground, DatasetSplit split)
    {
        var index = ground.Index<(int Part, int Patch)>(catalog);
        foreach (var (members, part) in split.Parts.Select((members, part) => (members, part)))
        {
            var seen = new HashSet<GroundRectangle>();
            foreach (var patch in members)
            {
                var shown = ground.Of(catalog[patch]);
                if (!seen.Add(shown))
                    continue;
                foreach (var (_, other) in index.Overlapping(shown))
                    if (other.Part != part)
                        return (catalog[other.Patch].LocationId, catalog[patch].LocationId);
                index.Add(shown, (part, patch));
            }
        }

        return null;
    }

    private static (string First, string Second)? AcrossZones(IReadOnlyList<PatchInfo> catalog, PatchGround ground, DatasetSplit split)
    {
        var pairs = ZoneOverlaps.Find(catalog, ground);
        if (pairs.Count == 0)
            return null;
        var partOf = new Dictionary<(int, long, long), int>();
        foreach (var (members, part) in split.Parts.Select((members, part) => (members, part)))
            foreach (var patch in members)
                partOf[GroundGrid.PlaceOf(catalog[patch])] = part;
        foreach (var (first, second) in pairs)
            if (partOf.TryGetValue(GroundGrid.PlaceOf(catalog[first]), out var part) && partOf.TryGetValue(GroundGrid.PlaceOf(catalog[second]), out var other) && part != other)
                return (catalog[first].LocationId, catalog[second].LocationId);
        return null;
    }
}
