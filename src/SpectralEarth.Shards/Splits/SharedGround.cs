namespace SpectralEarth.Shards.Splits;

/// <summary>Finds ground that lies in two parts of a split.</summary>
internal static class SharedGround
{
    /// <summary>Two locations of different parts that overlap; null if there are none.</summary>
    public static (string First, string Second)? Find(Dataset dataset, DatasetSplit split)
    {
        var side = dataset.Manifest.PatchSize;
        var cells = new Dictionary<(int Epsg, long Row, long Column), List<(long Row, long Column, int Part, int Patch)>>();
        foreach (var (members, part) in split.Parts.Select((members, part) => (members, part)))
        {
            var seen = new HashSet<(int, long, long)>();
            foreach (var index in members)
            {
                var patch = dataset.Catalog[index];
                var (row, column) = GroundGrid.PositionOf(patch);
                if (!seen.Add((patch.Epsg, row, column)))
                    continue;
                var cell = (patch.Epsg, Row: GroundGrid.Floor(row, side), Column: GroundGrid.Floor(column, side));
                for (var down = -1; down <= 1; down++)
                    for (var right = -1; right <= 1; right++)
                        foreach (var other in cells.GetValueOrDefault((cell.Epsg, cell.Row + down, cell.Column + right)) ?? [])
                            if (other.Part != part && Math.Abs(other.Row - row) < side && Math.Abs(other.Column - column) < side)
                                return (dataset.Catalog[other.Patch].LocationId, patch.LocationId);
                if (!cells.TryGetValue(cell, out var here))
                    cells.Add(cell, here = []);
                here.Add((row, column, part, index));
            }
        }

        return null;
    }
}
