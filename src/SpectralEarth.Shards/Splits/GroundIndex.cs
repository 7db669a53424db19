namespace SpectralEarth.Shards.Splits;

/// <summary>Finds, among rectangles of ground, those that overlap another.</summary>
/// <param name="sideM">Greatest width and height of the rectangles, m.</param>
public sealed class GroundIndex<T>(double sideM)
{
    private readonly Dictionary<(int Epsg, long Row, long Column), List<(GroundRectangle Ground, T Value)>> cells = [];    // by the upper left corner

    /// <summary>Adds a rectangle and what it stands for.</summary>
    public void Add(GroundRectangle ground, T value)
    {
        var cell = (ground.Epsg, Cell(ground.Top), Cell(ground.Left));
        if (!cells.TryGetValue(cell, out var here))
            cells.Add(cell, here = []);
        here.Add((ground, value));
    }

    /// <summary>What overlaps a rectangle of any size.</summary>
    public IEnumerable<(GroundRectangle Ground, T Value)> Overlapping(GroundRectangle ground)
    {
        // The corner of what overlaps lies at most a side to the left of the rectangle, or above it.
        for (var row = Cell(ground.Bottom); row <= Cell(ground.Top + sideM); row++)
            for (var column = Cell(ground.Left - sideM); column <= Cell(ground.Right); column++)
                foreach (var one in cells.GetValueOrDefault((ground.Epsg, row, column)) ?? [])
                    if (one.Ground.Overlaps(ground))
                        yield return one;
    }

    private long Cell(double metres) => (long)Math.Floor(metres / sideM);
}
