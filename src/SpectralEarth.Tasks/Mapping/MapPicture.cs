using SpectralEarth.Reports;

namespace SpectralEarth.Tasks.Mapping;

/// <summary>Quicklook of a map with its legend.</summary>
internal static class MapPicture
{
    private const int MostSide = 1600, WantedSide = 600;

    /// <summary>Draws class codes; a large map is thinned out, a small one enlarged.</summary>
    public static Picture Draw(byte[] codes, int height, int width, ClassTable classes)
    {
        var colors = classes.ToDictionary(item => item.Code, item => item.ToRgb());
        var every = Math.Max(1, (Math.Max(height, width) + MostSide - 1) / MostSide);
        var (rows, columns) = ((height + every - 1) / every, (width + every - 1) / every);
        var thinned = new byte[rows * columns];
        for (var pixel = 0; pixel < thinned.Length; pixel++)
            thinned[pixel] = codes[((long)(pixel / columns) * every * width) + (pixel % columns * every)];
        var map = Picture.OfClasses(thinned, rows, columns, colors, FalseColor.NoData).Enlarged(Math.Max(1, WantedSide / Math.Max(rows, columns)));
        return PictureSheet.Draw([("Classes", map)],
            [.. classes.Select(item => new LegendEntry(colors[item.Code], item.Name)), new LegendEntry(FalseColor.NoData, "no data")]);
    }
}
