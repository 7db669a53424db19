using SkiaSharp;

namespace SpectralEarth.Reports;

/// <summary>Bitmaps as PNG files. Skia's default tries five filters for every row: it takes three times as long for a few percent fewer bytes of a chart.</summary>
internal static class Png
{
    private static readonly SKPngEncoderOptions Quick = new(SKPngEncoderFilterFlags.Up, zLibLevel: 4);

    /// <summary>The bitmap as a PNG file; equal bitmaps give equal bytes.</summary>
    public static byte[] Of(SKBitmap bitmap)
    {
        using var pixels = bitmap.PeekPixels();
        using var data = pixels.Encode(Quick)!;
        return data.ToArray();
    }
}
