using SpectralEarth.Scenes.Tiff;
using static System.FormattableString;

namespace SpectralEarth.Scenes;

/// <summary>
/// Checks that the digital numbers of an image mean what its sensor's descriptor says. Integers are taken as they are, so
/// all gains that are stated must be the descriptor's, and offsets 0. A float32 image holds reflectance or reflectance x
/// 10000: the scale tags of the file speak of this very file and come first (GDAL writes 0.0001 beside unscaled numbers);
/// without them GainOfBand of METADATA.XML counts. The values must not contradict: converting an image often leaves
/// METADATA.XML as it was. Of other sensors nothing but tags speaks of the image; without them the values decide, where they leave no doubt.
/// </summary>
internal static class ReflectanceScale
{
    /// <summary>Reflectance of digital number 1 in EnMAP L2A.</summary>
    internal const double ScaledGain = 0.0001;

    private const string TagSource = "its scale tags", SensorSource = "the sensor's descriptor";

    /// <summary>Largest relative difference of equal gains: some writers keep them as float32.</summary>
    private const double Tolerance = 1e-6;

    /// <summary>No scene of x 10000 is as dark everywhere as this, and no reflectance is as bright as the other.</summary>
    private const double DarkestMaximum = 10, BrightestReflectance = 100;

    /// <summary>Digital number (reflectance / scale) of sample 1: 1 or 1 / scale; 1 for an image of integers.</summary>
    /// <param name="image">The image.</param>
    /// <param name="metadata">Gains and offsets for images without scale tags.</param>
    /// <param name="metadataSource">Where those come from, for messages; null if they are those of the sensor's integers, and say nothing of this image.</param>
    /// <param name="scale">Reflectance of digital number 1 by the sensor's descriptor.</param>
    /// <param name="noData">Value of samples without data.</param>
    /// <exception cref="SceneException">It is not stated, or stated otherwise than the values look or the descriptor says.</exception>
    internal static double Factor(TiffRaster image, SceneMetadata metadata, string? metadataSource, double scale, double noData)
    {
        if (image.Layout.Kind != SampleKind.Float32)
        {
            RequireScale(image, metadata.Gains, metadata.Offsets, metadataSource ?? SensorSource, scale);
            // Tags of 1 and 0 say no more than that the samples are digital numbers.
            if (image.ReadScales() is { } stated && !(stated.Scales.All(gain => gain == 1) && stated.Offsets.All(offset => offset == 0)))
                RequireScale(image, stated.Scales, stated.Offsets, TagSource, scale);
            return 1;
        }

        var times = Math.Round(1 / scale);
        if (times <= BrightestReflectance)
            throw new SceneException(Invariant($"{image.Name}: samples are Float32, but the sensor's scale is {scale}, by which whole numbers cannot hold reflectance. Correct 'scale' in the descriptor: 0.0001 for reflectance x 10000."));
        var value = LargestValue(image, (float)noData);
        if (image.ReadScales() is not { } tags)
            return metadataSource is null ? ByValue(image, value, times, noData) : Stated(image, metadata.Gains, metadata.Offsets, metadataSource, scale, value, noData);
        return Stated(image, tags.Scales, tags.Offsets, TagSource, scale, value, noData);
    }

    /// <summary>The factor that is stated, if the values do not contradict.</summary>
    private static double Stated(TiffRaster image, IReadOnlyList<double> gains, IReadOnlyList<double> offsets, string source, double scale, double? value, double noData)
    {
        var (smallest, largest, times) = (gains.Min(), gains.Max(), Math.Round(1 / scale));
        var factor = smallest != largest ? null : Math.Abs(smallest - scale) <= Tolerance * scale ? 1 : smallest == 1 ? times : (double?)null;
        if (factor is null)
            throw Foreign(Invariant($"the bands have gains from {smallest} to {largest}; expected {scale} (reflectance x {times}) or 1 (reflectance) for all"));
        if (offsets.Any(offset => offset != 0))
            throw Foreign("there are offsets; expected 0 for all bands");
        if (value is not null && (factor == 1 ? value <= DarkestMaximum : value > BrightestReflectance))
            throw Ambiguous(image, times, noData, Invariant($"{source} says {(factor == 1 ? $"reflectance x {times}" : "reflectance (0 to 1)")}, but values reach {value}"));
        return factor.Value;

        SceneException Foreign(string found) => new($"{image.Name}: samples are Float32, and by {source} {found}. {Remedy(source, scale)}{(source == TagSource ? Filling(noData) : "")}");
    }

    /// <summary>The factor that the values leave no doubt about.</summary>
    private static double ByValue(TiffRaster image, double? value, double times, double noData) => value switch
    {
        null or > BrightestReflectance => 1,
        <= DarkestMaximum => times,
        _ => throw Ambiguous(image, times, noData, Invariant($"no tag tells, and values reach {value}; expected at most {DarkestMaximum} or more than {BrightestReflectance}")),
    };

    /// <summary>The command that makes int16 of an image with this factor, and <see cref="Scene.NoData"/> of its no-data.</summary>
    internal static string Conversion(double factor) => factor == 1
        ? $"gdalwarp -ot Int16 -dstnodata {Scene.NoData} IN.TIF OUT.TIF"    // gdal_translate would only rename the no-data value
        : Invariant($"gdal_translate -ot Int16 -scale 0 1 0 {factor} -a_nodata {Scene.NoData} IN.TIF OUT.TIF");

    /// <summary>The commands that make int16 of an image whose tags have other gains or offsets: the first makes plain reflectance of it.</summary>
    internal static string[] Unscaling(double factor) => ["gdal_translate -unscale -ot Float32 IN.TIF FLOAT.TIF", Conversion(factor).Replace("IN.TIF", "FLOAT.TIF", StringComparison.Ordinal)];

    /// <summary>The command that must come before <see cref="Conversion"/> where pixels of an image of float32 are NaN: GDAL makes 0 of them unless the no-data tag names them.</summary>
    /// <param name="noData">Value of samples without data.</param>
    internal static string Filling(double noData) => double.IsNaN(noData) ? ""
        : Invariant($" If it has NaN, fill it first: gdalwarp -srcnodata nan -dstnodata {noData} -wo UNIFIED_SRC_NODATA=NO IN.TIF FILLED.TIF");

    /// <summary>Says that samples of a kind are no spectral image, and how to convert them.</summary>
    internal static string KindProblem(SampleKind kind, string expected) => kind == SampleKind.Float64
        ? "samples are Float64; expected Float32 or Int16. Convert it: gdal_translate -ot Float32 IN.TIF OUT.TIF."
        : $"samples are {kind}; expected {expected}. Convert it: {Conversion(1)}.";

    private static void RequireScale(TiffRaster image, IReadOnlyList<double> gains, IReadOnlyList<double> offsets, string source, double scale)
    {
        for (var band = 0; band < gains.Count; band++)
        {
            if (Math.Abs(gains[band] - scale) > Tolerance * scale || offsets[band] != 0)
                throw new SceneException(Invariant($"{image.Name}: by {source} band {band + 1} has the gain {gains[band]} and the offset {offsets[band]}; expected {scale} and 0 for all bands. {Remedy(source, scale)}"));
        }
    }

    private static string Remedy(string source, double scale) => source == TagSource
        ? Invariant($"If the tags are right, convert the pixels: {string.Join(", and that with ", Unscaling(Math.Round(1 / scale)))}. Else correct the tags: gdal_edit.py -scale {scale} -offset 0 IN.TIF.")
        : "Its pixels are no reflectance x 10000: fetch the product again.";

    private static SceneException Ambiguous(TiffRaster image, double times, double noData, string reason) => new(Invariant(
        $"{image.Name}: samples are Float32, and it is not clear whether they are reflectance or reflectance x {times}: {reason}. Convert reflectance with {Conversion(times)}, or reflectance x {times} with {Conversion(1)}.{Filling(noData)}"));

    /// <summary>Largest magnitude in a few rows of all bands, or null if they hold no data.</summary>
    private static double? LargestValue(TiffRaster image, float noData)
    {
        var bands = Enumerable.Range(1, image.Layout.Bands).ToArray();
        var samples = new float[image.Layout.Width * bands.Length];
        var largest = (double?)null;
        foreach (var row in RasterWindow.Looks(image.Layout.Width, image.Layout.Height))
        {
            image.Read(row, bands, samples, float.NaN);
            foreach (var value in samples)
            {
                if (float.IsFinite(value) && value != noData)
                    largest = Math.Max(largest ?? 0, Math.Abs(value));
            }
        }

        return largest;
    }
}
