namespace SpectralEarth.Scenes.Synthesis;

/// <summary>One centre per unit cell, randomly placed in it; regions nearest to a centre look like parcels (Worley 1996).</summary>
internal sealed class ScatteredCells(long seed, string purpose, long scene)
{
    private readonly ValueNoise columns = new(seed, purpose + " columns", scene);
    private readonly ValueNoise rows = new(seed, purpose + " rows", scene);
    private readonly ValueNoise kinds = new(seed, purpose + " kinds", scene);

    /// <summary>The region that holds a position.</summary>
    internal Region At(float x, float y)
    {
        var (column, row) = ((int)MathF.Floor(x), (int)MathF.Floor(y));
        var (nearest, second, kind) = (float.MaxValue, float.MaxValue, 0f);
        for (var i = row - 1; i <= row + 1; i++)
        {
            for (var j = column - 1; j <= column + 1; j++)
            {
                var (cx, cy) = (j + columns.Cell(j, i), i + rows.Cell(j, i));
                var distance = MathF.Sqrt(((x - cx) * (x - cx)) + ((y - cy) * (y - cy)));
                if (distance < nearest)
                    (second, nearest, kind) = (nearest, distance, kinds.Cell(j, i));
                else if (distance < second)
                    second = distance;
            }
        }

        return new Region(kind, nearest, second - nearest);
    }

    /// <summary>What is known at a position.</summary>
    /// <param name="Kind">Random number of the region, in [0, 1).</param>
    /// <param name="Distance">To the region's centre, in cells.</param>
    /// <param name="EdgeDistance">0 at the border to the next region.</param>
    internal readonly record struct Region(float Kind, float Distance, float EdgeDistance);
}
