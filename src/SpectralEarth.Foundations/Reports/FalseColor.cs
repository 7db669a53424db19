using System.Numerics;
using SpectralEarth.Spectra;

namespace SpectralEarth.Reports;

/// <summary>Values shown as darkest and brightest, for red, green and blue.</summary>
/// <param name="Low">Three values shown as 0.</param>
/// <param name="High">Three values shown as 255.</param>
public sealed record ColorStretch(IReadOnlyList<double> Low, IReadOnlyList<double> High);

/// <summary>Shows three bands of a spectral image as a colour picture.</summary>
public static class FalseColor
{
    /// <summary>Colour of pixels without data.</summary>
    public static Rgb NoData { get; } = new(0xE4, 0xE4, 0xE4);

    /// <summary>Renders the bands nearest to three wavelengths.</summary>
    /// <param name="bands">Values, <c>[C, H, W]</c>.</param>
    /// <param name="valid">1 where a pixel has data, else 0, <c>[H, W]</c>.</param>
    /// <param name="width">Columns W.</param>
    /// <param name="wavelengthsNm">Centre wavelength of each of the C bands, nm.</param>
    /// <param name="shown">Wavelengths to show.</param>
    /// <param name="stretch">Values shown as darkest and brightest; by default <see cref="Stretch"/> of this image.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public static Picture Render<T>(ReadOnlySpan<T> bands, ReadOnlySpan<byte> valid, int width,
        IReadOnlyList<double> wavelengthsNm, ColorWavelengths shown, ColorStretch? stretch = null) where T : struct, INumberBase<T>
    {
        var channels = Channels(bands.Length, valid.Length, width, wavelengthsNm, shown);
        stretch ??= Stretch(bands, valid, width, wavelengthsNm, shown);
        var picture = new Picture(valid.Length / width, width);
        for (var color = 0; color < 3; color++)
        {
            var band = bands.Slice(channels[color] * valid.Length, valid.Length);
            var (low, scale) = (stretch.Low[color], 255 / Math.Max(stretch.High[color] - stretch.Low[color], 1e-12));
            for (var pixel = 0; pixel < band.Length; pixel++)
                picture.Pixels[3 * pixel + color] = Shade((double.CreateTruncating(band[pixel]) - low) * scale);
        }

        for (var pixel = 0; pixel < valid.Length; pixel++)
        {
            if (valid[pixel] == 0)
                picture[pixel / width, pixel % width] = NoData;
        }

        return picture;
    }

    /// <summary>The 2nd and 98th percentile of the valid values of each shown band; use it to show two images alike.</summary>
    /// <inheritdoc cref="Render"/>
    public static ColorStretch Stretch<T>(ReadOnlySpan<T> bands, ReadOnlySpan<byte> valid, int width,
        IReadOnlyList<double> wavelengthsNm, ColorWavelengths shown) where T : struct, INumberBase<T>
    {
        var channels = Channels(bands.Length, valid.Length, width, wavelengthsNm, shown);
        var (low, high) = (new double[3], new double[3]);
        for (var color = 0; color < 3; color++)
        {
            var values = new List<double>();
            var band = bands.Slice(channels[color] * valid.Length, valid.Length);
            for (var pixel = 0; pixel < band.Length; pixel++)
            {
                if (valid[pixel] != 0 && T.IsFinite(band[pixel]))
                    values.Add(double.CreateTruncating(band[pixel]));
            }

            values.Sort();
            (low[color], high[color]) = values.Count == 0
                ? (0, 1)
                : (values[(int)(0.02 * (values.Count - 1))], values[(int)Math.Ceiling(0.98 * (values.Count - 1))]);
        }

        return new ColorStretch(low, high);
    }

    private static byte Shade(double value) => double.IsNaN(value) ? (byte)0 : (byte)Math.Round(Math.Clamp(value, 0, 255));

    private static int[] Channels(int values, int pixels, int width, IReadOnlyList<double> wavelengthsNm, ColorWavelengths shown)
    {
        if (pixels % width != 0 || values != (long)pixels * wavelengthsNm.Count)
        {
            throw new ArgumentException(
                $"{values} values and {pixels} validities for {wavelengthsNm.Count} bands of rows of {width} pixels.", nameof(wavelengthsNm));
        }

        return [wavelengthsNm.NearestChannel(shown.RedNm), wavelengthsNm.NearestChannel(shown.GreenNm), wavelengthsNm.NearestChannel(shown.BlueNm)];
    }
}
