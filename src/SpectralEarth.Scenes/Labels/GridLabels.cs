namespace SpectralEarth.Scenes.Labels;

/// <summary>A label raster as pixels of a grid that it covers wholly or in part. Thread-safe.</summary>
public sealed class GridLabels : ILabels
{
    private readonly LabelRaster raster;
    private readonly RasterGrid grid;
    private readonly int column, row;    // of the raster's first pixel

    internal GridLabels(LabelRaster raster, RasterGrid grid)
    {
        (this.raster, this.grid) = (raster, grid);
        (column, row) = raster.GeoTransform is { } place && grid.GeoTransform.PixelOf(place) is { } first
            ? first
            : throw new InvalidOperationException($"{raster.Path} does not lie on the pixels of {grid.GeoTransform}.");
    }

    /// <summary>The part of the grid that the raster covers.</summary>
    public RasterWindow Window => new RasterWindow(column, row, raster.Width, raster.Height).Clipped(grid.Width, grid.Height);

    /// <summary>A window of the grid in the pixels of the raster.</summary>
    public RasterWindow InRaster(RasterWindow window) => window with { Column = window.Column - column, Row = window.Row - row };

    /// <inheritdoc/>
    public byte[] Read(RasterWindow window)
    {
        var inside = window.Clipped(grid.Width, grid.Height);
        return window.Cut(raster.Read(InRaster(inside)), inside);
    }
}
