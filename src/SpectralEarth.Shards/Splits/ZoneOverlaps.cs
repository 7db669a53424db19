namespace SpectralEarth.Shards.Splits;

/// <summary>Finds ground that patches of different map projections share: where UTM zones meet, their grids do not tell.</summary>
internal static class ZoneOverlaps
{
    /// <summary>
    /// Pairs of overlapping patches whose EPSG codes differ, the smaller code first. Patches that show one rectangle are
    /// named by the first of them in the catalog. A pure function of its arguments.
    /// </summary>
    /// <param name="catalog">Patches.</param>
    /// <param name="ground">Ground of the patches.</param>
    public static IReadOnlyList<(int First, int Second)> Find(IReadOnlyList<PatchInfo> catalog, PatchGround ground)
    {
        if (catalog.Select(patch => patch.Epsg).Distinct().Take(2).Count() < 2)
            return [];
        int[] places = [.. Enumerable.Range(0, catalog.Count).DistinctBy(patch => ground.Of(catalog[patch]))];
        int[] zones = [.. places.Select(patch => catalog[patch].Epsg)];
        var cells = new Cells([.. places.Select(patch => Outline(patch).Centre)], 2 * places.Max(patch => Outline(patch).Radius));
        var pairs = new List<(int, int)>();
        for (var place = 0; place < places.Length; place++)
        {
            foreach (var other in cells.Near(place).Where(other => zones[other] < zones[place]))
                if (Outline(places[other]).Overlaps(Outline(places[place])))
                    pairs.Add((places[other], places[place]));
        }

        return pairs;

        // Made again for every look: those of an archive would take much memory, and few places have neighbours in another zone.
        GroundOutline Outline(int patch) => ground.OutlineOf(catalog[patch]);
    }

    /// <summary>Points in cubes as wide as the widest outline: those of overlapping outlines lie in the same cube or in touching ones.</summary>
    private sealed class Cells
    {
        private readonly GroundOutline.Direction[] points;
        private readonly double side;
        private readonly Dictionary<(int X, int Y, int Z), int> last = [];
        private readonly int[] previous;

        public Cells(GroundOutline.Direction[] points, double side)
        {
            (this.points, this.side, previous) = (points, side, new int[points.Length]);
            for (var point = 0; point < points.Length; point++)
            {
                var cell = CellOf(point);
                previous[point] = last.GetValueOrDefault(cell, -1);
                last[cell] = point;
            }
        }

        public IEnumerable<int> Near(int point)
        {
            var (x, y, z) = CellOf(point);
            for (var cell = 0; cell < 27; cell++)
                for (var other = last.GetValueOrDefault((x + (cell % 3) - 1, y + (cell / 3 % 3) - 1, z + (cell / 9) - 1), -1); other >= 0; other = previous[other])
                    yield return other;
        }

        private (int X, int Y, int Z) CellOf(int point) =>
            ((int)Math.Floor(points[point].X / side), (int)Math.Floor(points[point].Y / side), (int)Math.Floor(points[point].Z / side));
    }
}
