using System.Globalization;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>Position, reference system and no-data value of a GeoTIFF (OGC GeoTIFF 1.1; GDAL's tag 42113).</summary>
/// <param name="GeoTransform">Position on the map, or null if the file has none.</param>
/// <param name="Epsg">EPSG code, or null if the file names none.</param>
/// <param name="NoData">Value of pixels without data, or null if the file names none.</param>
internal sealed record TiffGeoreference(GeoTransform? GeoTransform, int? Epsg, double? NoData)
{
    private const int ModelTypeKey = 1024, RasterTypeKey = 1025, GeographicTypeKey = 2048, ProjectedTypeKey = 3072;
    private const int Geographic = 2, PixelIsPoint = 2;

    /// <summary>Reads the tags.</summary>
    /// <exception cref="SceneException">A tag is damaged, or the raster is rotated or has pixels that are not square.</exception>
    internal static TiffGeoreference Read(ByteSource source, TiffDirectory directory)
    {
        var keys = Keys(source, directory);
        var isPoint = keys.GetValueOrDefault(RasterTypeKey) == PixelIsPoint;
        var isGeographic = keys.GetValueOrDefault(ModelTypeKey) == Geographic;
        var code = isGeographic
            ? keys.GetValueOrDefault(GeographicTypeKey)
            : keys.GetValueOrDefault(ProjectedTypeKey);
        // 32767 marks a user-defined system, which has no code.
        return new TiffGeoreference(Transform(source, directory, isPoint, isGeographic), code is > 0 and < 32767 ? code : null, ReadNoData(source, directory));
    }

    private static Dictionary<int, int> Keys(ByteSource source, TiffDirectory directory)
    {
        var keys = new Dictionary<int, int>();
        if (!directory.Has(TiffTag.GeoKeyDirectory))
            return keys;
        var values = directory.Integers(TiffTag.GeoKeyDirectory, maximum: 4096);
        if (values.Length < 4 || values.Length < 4 + (4 * values[3]))
            throw source.Error($"the GeoKey directory has {values.Length} values, too few for its keys. The file is damaged.");
        for (var i = 1; i <= values[3]; i++)
        {
            // Location 0: the value stands in the directory itself, as all codes do.
            if (values[(4 * i) + 1] == 0)
                keys.TryAdd((int)values[4 * i], (int)values[(4 * i) + 3]);
        }

        return keys;
    }

    private static GeoTransform? Transform(ByteSource source, TiffDirectory directory, bool isPoint, bool isGeographic)
    {
        var (left, top, width, height) = (0.0, 0.0, 0.0, 0.0);
        if (directory.Doubles(TiffTag.ModelPixelScale) is { Length: >= 2 } scale &&
            directory.Doubles(TiffTag.ModelTiepoint) is { Length: >= 6 } tie)
        {
            (width, height) = (Snapped(scale[0]), Snapped(scale[1]));
            (left, top) = (tie[3] - (tie[0] * width), tie[4] + (tie[1] * height));
        }
        else if (directory.Doubles(TiffTag.ModelTransformation) is { Length: >= 16 } matrix)
        {
            if (matrix[1] != 0 || matrix[4] != 0)
                throw source.Error("the raster is rotated against its map grid; expected north up. Resample it: gdalwarp IN.TIF OUT.TIF.");
            (width, height, left, top) = (Snapped(matrix[0]), Snapped(-matrix[5]), matrix[3], matrix[7]);
        }
        else
        {
            return null;
        }

        if (!(width > 0 && double.IsFinite(width)) || Math.Abs(height - width) > Scenes.GeoTransform.SizeTolerance * width || !double.IsFinite(left) || !double.IsFinite(top))
        {
            // The side of a pixel is counted in the units of the system: of degrees 30 would be far too many.
            throw source.Error(string.Create(CultureInfo.InvariantCulture,
                $"pixels are {width} x {height} at ({left}, {top}); expected square pixels, north up. Resample it: gdalwarp {(isGeographic ? "-t_srs EPSG:326ZZ (ZZ: UTM zone of the scene; 327ZZ in the south) " : "")}-tr 30 30 IN.TIF OUT.TIF."));
        }

        return isPoint ? new GeoTransform(left - (width / 2), top + (width / 2), width) : new GeoTransform(left, top, width);
    }

    private static double Snapped(double size) => Math.Round(size) is var whole && Math.Abs(size - whole) <= Scenes.GeoTransform.SizeTolerance * whole ? whole : size;

    private static double? ReadNoData(ByteSource source, TiffDirectory directory)
    {
        if (directory.Text(TiffTag.GdalNoData) is not { Length: > 0 } text)
            return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw source.Error($"the no-data tag reads '{text}'; expected a number.");
    }
}
