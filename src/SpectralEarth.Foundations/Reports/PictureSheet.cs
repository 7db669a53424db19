using SkiaSharp;

namespace SpectralEarth.Reports;

/// <summary>A colour of a legend and what it stands for.</summary>
/// <param name="Color">The colour.</param>
/// <param name="Name">Its meaning.</param>
public sealed record LegendEntry(Rgb Color, string Name);

/// <summary>Lays pictures out beside each other, with captions above and a legend to the right.</summary>
public static class PictureSheet
{
    private const int Margin = 10;
    private const int LineHeight = 20;
    private const int SwatchSide = 14;

    private static readonly SKColor Ink = new(0x22, 0x22, 0x22);

    /// <summary>Draws <paramref name="pictures"/> from left to right on white, the captions above, then the legend.</summary>
    /// <param name="pictures">Pictures with their captions; enlarge small ones first.</param>
    /// <param name="legend">Colours and their names; may be empty.</param>
    public static Picture Draw(IReadOnlyList<(string Caption, Picture Picture)> pictures, IReadOnlyList<LegendEntry> legend)
    {
        using var font = new SKFont(EmbeddedFont.Regular, 13);
        var columns = pictures.Select(item => Math.Max(item.Picture.Width, Width(font, item.Caption))).ToArray();
        var legendWidth = legend.Count == 0 ? 0 : legend.Max(entry => Width(font, entry.Name)) + SwatchSide + 2 * Margin;
        var width = columns.Sum(column => column + Margin) + Margin + legendWidth;
        var height = 2 * Margin + LineHeight
            + Math.Max(pictures.Max(item => item.Picture.Height), legend.Count * LineHeight);

        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        using var ink = new SKPaint { Color = Ink, IsAntialias = true };
        canvas.Clear(SKColors.White);
        var left = Margin;
        for (var i = 0; i < pictures.Count; i++)
        {
            canvas.DrawText(pictures[i].Caption, left, Margin + LineHeight - 7, SKTextAlign.Left, font, ink);
            left += columns[i] + Margin;
        }

        DrawLegend(canvas, legend, left, font, ink);
        canvas.Flush();
        return Copied(bitmap, pictures.Select(item => item.Picture).ToArray(), columns);
    }

    private static void DrawLegend(SKCanvas canvas, IReadOnlyList<LegendEntry> legend, int left, SKFont font, SKPaint ink)
    {
        using var border = new SKPaint { Color = Ink.WithAlpha(0x60), IsStroke = true, StrokeWidth = 1 };
        var top = Margin + LineHeight;
        foreach (var (color, name) in legend)
        {
            using var fill = new SKPaint { Color = new SKColor(color.Red, color.Green, color.Blue) };
            canvas.DrawRect(left, top, SwatchSide, SwatchSide, fill);
            canvas.DrawRect(left + 0.5f, top + 0.5f, SwatchSide - 1, SwatchSide - 1, border);
            canvas.DrawText(name, left + SwatchSide + Margin, top + SwatchSide - 3, SKTextAlign.Left, font, ink);
            top += LineHeight;
        }
    }

    // Pictures are copied byte by byte, so that their colours stay exact.
    private static Picture Copied(SKBitmap bitmap, Picture[] pictures, int[] columns)
    {
        var sheet = new Picture(bitmap.Height, bitmap.Width);
        var source = bitmap.GetPixelSpan();
        for (var pixel = 0; pixel < bitmap.Height * bitmap.Width; pixel++)
            source.Slice(4 * pixel, 3).CopyTo(sheet.Pixels[(3 * pixel)..]);
        var left = Margin;
        for (var i = 0; i < pictures.Length; i++)
        {
            var bytes = 3 * pictures[i].Width;
            for (var row = 0; row < pictures[i].Height; row++)
            {
                pictures[i].Pixels.Slice(row * bytes, bytes)
                    .CopyTo(sheet.Pixels[(3 * ((Margin + LineHeight + row) * sheet.Width + left))..]);
            }

            left += columns[i] + Margin;
        }

        return sheet;
    }

    private static int Width(SKFont font, string text) => (int)Math.Ceiling(font.MeasureText(text));
}
