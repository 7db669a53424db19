using System.Globalization;

namespace SpectralEarth.Scenes;

/// <summary>Size and place of a raster.</summary>
/// <param name="Width">Columns, pixels.</param>
/// <param name="Height">Rows, pixels.</param>
/// <param name="GeoTransform">Position on the map.</param>
/// <param name="Epsg">EPSG code of a projected system, or 4326.</param>
public sealed record RasterGrid(int Width, int Height, GeoTransform GeoTransform, int Epsg)
{
    /// <summary>The GDAL command that brings labels onto this grid: each pixel takes the class that covers most of it.</summary>
    public string LabelWarpCommand
    {
        get
        {
            var ((left, top, side), (right, bottom)) = (GeoTransform, GeoTransform.ToMap(Width, Height));
            return string.Create(CultureInfo.InvariantCulture, $"gdalwarp -t_srs EPSG:{Epsg} -te {left} {bottom} {right} {top} -tr {side} {side} -r mode IN.TIF OUT.TIF");
        }
    }

    /// <summary>The grid of a scene.</summary>
    public static RasterGrid Of(Scene scene) => new(scene.Width, scene.Height, scene.GeoTransform, scene.Epsg);
}
