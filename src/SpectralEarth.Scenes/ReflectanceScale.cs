using System.Globalization;
using SpectralEarth.Scenes.Tiff;

namespace SpectralEarth.Scenes;

/// <summary>
/// Tells whether a float32 image holds reflectance or reflectance x 10000. The scale tags of the file speak of this very
/// file and come first (GDAL writes 0.0001 beside unscaled numbers); without them GainOfBand of METADATA.XML counts. The
/// values must not contradict: converting an image often leaves METADATA.XML as it was.
/// </summary>
internal static class ReflectanceScale
{
    private const double ScaledGain = 0.0001, TenThousand = 10_000;

    /// <summary>No scene of x 10000 is as dark everywhere as this, and no reflectance is as bright as the other.</summary>
    private const double DarkestMaximum = 10, BrightestReflectance = 100;

    /// <summary>Rows to look into, as shares of the height.</summary>
    private static readonly double[] Looks = [0.5, 0.25, 0.75];

    /// <summary>Digital number (reflectance x 10000) of sample 1: 1 or 10000; 1 for an image of integers.</summary>
    /// <exception cref="SceneException">It is not stated, or stated otherwise than the values look.</exception>
    internal static double Factor(TiffRaster image, SceneMetadata metadata)
    {
        if (image.Layout.Kind != SampleKind.Float32)
            return 1;
        var (gains, offsets, source) = image.Scales is { } tags
            ? (tags.Scales, tags.Offsets, "its scale tags")
            : (metadata.Gains, metadata.Offsets, "GainOfBand in METADATA.XML");
        var (smallest, largest) = (gains.Min(), gains.Max());
        var factor = (smallest, largest) switch
        {
            (ScaledGain, ScaledGain) => 1,
            (1, 1) => TenThousand,
            _ => throw Ambiguous(image, Text($"by {source} the bands have gains from {smallest} to {largest}; expected 0.0001 (reflectance x 10000) or 1 (reflectance) for all")),
        };
        if (offsets.Any(offset => offset != 0))
            throw Ambiguous(image, $"by {source} there are offsets; expected 0 for all bands");
        if (LargestValue(image) is { } value && (factor == 1 ? value <= DarkestMaximum : value > BrightestReflectance))
            throw Ambiguous(image, Text($"{source} says {(factor == 1 ? "reflectance x 10000" : "reflectance (0 to 1)")}, but values reach {value}"));
        return factor;
    }

    /// <summary>The command that makes int16 of an image with this factor.</summary>
    internal static string Conversion(double factor) =>
        $"gdal_translate -ot Int16 {(factor == 1 ? "" : "-scale 0 1 0 10000 ")}-a_nodata {Scene.NoData} IN.TIF OUT.TIF";

    private static SceneException Ambiguous(TiffRaster image, string reason) => new(
        $"{image.Name}: samples are Float32, and it is not clear whether they are reflectance or reflectance x 10000: {reason}. " +
        $"Convert reflectance with {Conversion(TenThousand)}, or reflectance x 10000 with {Conversion(1)}.");

    /// <summary>Largest magnitude in a few rows of all bands, or null if they hold no data.</summary>
    private static double? LargestValue(TiffRaster image)
    {
        var bands = Enumerable.Range(1, image.Layout.Bands).ToArray();
        var row = new float[image.Layout.Width * bands.Length];
        var noData = (float)(image.Georeference.NoData ?? Scene.NoData);
        var largest = (double?)null;
        foreach (var share in Looks)
        {
            image.Read(new RasterWindow(0, (int)(share * image.Layout.Height), image.Layout.Width, 1), bands, row, float.NaN);
            foreach (var value in row)
            {
                if (float.IsFinite(value) && value != noData)
                    largest = Math.Max(largest ?? 0, Math.Abs(value));
            }
        }

        return largest;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
