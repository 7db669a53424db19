namespace SpectralEarth.Scenes;

/// <summary>Size and place of a raster.</summary>
/// <param name="Width">Columns, pixels.</param>
/// <param name="Height">Rows, pixels.</param>
/// <param name="GeoTransform">Position on the map.</param>
/// <param name="Epsg">EPSG code of a projected system, or 4326.</param>
public sealed record RasterGrid(int Width, int Height, GeoTransform GeoTransform, int Epsg)
{
    /// <summary>The grid of a scene.</summary>
    public static RasterGrid Of(Scene scene) => new(scene.Width, scene.Height, scene.GeoTransform, scene.Epsg);
}
