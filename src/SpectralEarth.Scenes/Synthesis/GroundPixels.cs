namespace SpectralEarth.Scenes.Synthesis;

/// <summary>The landscape on the pixel grid: each pixel of 30 m mixes 3 x 3 points.</summary>
internal sealed class GroundPixels(Landscape landscape, int size)
{
    private const int PointsAcross = 3;

    /// <summary>Points of a pixel.</summary>
    internal const int Points = PointsAcross * PointsAcross;

    /// <summary>Points of one class that make a pixel of that class; others are too mixed to be labelled.</summary>
    private const int PointsForLabel = 6;

    /// <summary>Height of the terrain, 0 to 1.</summary>
    internal float HeightAt(int column, int row) => landscape.HeightAt(column, row);

    /// <summary>The ground at the points of a pixel.</summary>
    internal void Read(int column, int row, Span<Ground> points)
    {
        for (var i = 0; i < Points; i++)
            points[i] = landscape.At(column + (((i % PointsAcross) + 0.5f) / PointsAcross), row + (((i / PointsAcross) + 0.5f) / PointsAcross));
    }

    /// <summary>Fills rows of the label raster.</summary>
    internal void FillLabels(int firstRow, int rows, Span<byte> labels)
    {
        var codes = new byte[labels.Length];
        Parallel.For(0, rows, row =>
        {
            for (var column = 0; column < size; column++)
                codes[(row * size) + column] = (byte)LabelAt(column, firstRow + row);
        });
        codes.CopyTo(labels);
    }

    private Cover LabelAt(int column, int row)
    {
        if (!landscape.IsLabelled(column, row))
            return Cover.Unlabelled;
        Span<Ground> points = stackalloc Ground[Points];
        Span<int> counts = stackalloc int[7];
        Read(column, row, points);
        foreach (var point in points)
            counts[(int)point.Cover]++;
        for (var code = 1; code < counts.Length; code++)
        {
            if (counts[code] >= PointsForLabel)
                return (Cover)code;
        }

        return Cover.Unlabelled;
    }
}
