using SpectralEarth.Reports;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>The colour table of a raster of codes (TIFF 6.0, section 5): all reds, all greens, all blues, of 16 bits.</summary>
internal static class TiffColors
{
    private const int Primaries = 3, MaximumColors = 1 << 16;

    /// <summary>Colours by code; empty where the tag is absent.</summary>
    /// <exception cref="SceneException">The tag is damaged.</exception>
    internal static IReadOnlyList<Rgb> Read(ByteSource source, TiffDirectory directory)
    {
        if (!directory.Has(TiffTag.ColorMap))
            return [];
        var values = directory.Integers(TiffTag.ColorMap, Primaries * MaximumColors);
        if (values.Length % Primaries != 0)
            throw source.Error($"the colour table has {values.Length} values; expected as many reds, greens and blues. The file is damaged.");
        var colors = values.Length / Primaries;
        return [.. Enumerable.Range(0, colors).Select(code => new Rgb(Byte(values[code]), Byte(values[colors + code]), Byte(values[(2 * colors) + code])))];
    }

    /// <summary>The upper of the two bytes, as GDAL takes it.</summary>
    private static byte Byte(long value) => (byte)(value >> 8);
}
