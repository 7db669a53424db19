namespace SpectralEarth.Shards.Splits;

/// <summary>Finds ground that lies in two parts of a split.</summary>
internal static class SharedGround
{
    /// <summary>Two locations of different parts that overlap; null if there are none.</summary>
    /// <param name="catalog">Patches.</param>
    /// <param name="side">Side of a patch, pixels.</param>
    /// <param name="split">Parts.</param>
    public static (string First, string Second)? Find(IReadOnlyList<PatchInfo> catalog, int side, DatasetSplit split) =>
        WithinZones(catalog, side, split) ?? AcrossZones(catalog, split);

    private static (string First, string Second)? WithinZones(IReadOnlyList<PatchInfo> catalog, int side, DatasetSplit split)
    {
        var cells = new Dictionary<(int Epsg, long Row, long Column), List<(long Row, long Column, int Part, int Patch)>>();
        foreach (var (members, part) in split.Parts.Select((members, part) => (members, part)))
        {
            var seen = new HashSet<(int, long, long)>();
            foreach (var index in members)
            {
                var patch = catalog[index];
                var (row, column) = GroundGrid.PositionOf(patch);
                if (!seen.Add((patch.Epsg, row, column)))
                    continue;
                var cell = (patch.Epsg, Row: GroundGrid.Floor(row, side), Column: GroundGrid.Floor(column, side));
                for (var down = -1; down <= 1; down++)
                    for (var right = -1; right <= 1; right++)
                        foreach (var other in cells.GetValueOrDefault((cell.Epsg, cell.Row + down, cell.Column + right)) ?? [])
                            if (other.Part != part && Math.Abs(other.Row - row) < side && Math.Abs(other.Column - column) < side)
                                return (catalog[other.Patch].LocationId, patch.LocationId);
                if (!cells.TryGetValue(cell, out var here))
                    cells.Add(cell, here = []);
                here.Add((row, column, part, index));
            }
        }

        return null;
    }

    private static (string First, string Second)? AcrossZones(IReadOnlyList<PatchInfo> catalog, DatasetSplit split)
    {
        var pairs = ZoneOverlaps.Find(catalog);
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
