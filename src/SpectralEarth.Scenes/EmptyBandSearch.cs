namespace SpectralEarth.Scenes;

/// <summary>Finds the bands that have no data in the whole scene without reading all of it.</summary>
internal static class EmptyBandSearch
{
    /// <summary>Share of the rows at which the image is looked into first.</summary>
    private static readonly double[] Looks = [0.5, 0.25, 0.75];

    /// <summary>
    /// Looks into a few rows. A band with data there is not empty, whatever METADATA.XML says; a marked band without is.
    /// Other bands without data are searched to the end of the image.
    /// </summary>
    internal static IReadOnlyList<int> Find(SpectralImage image, IReadOnlyList<int> marked)
    {
        var suspects = Enumerable.Range(1, image.Layout.Bands).ToList();
        foreach (var share in Looks)
            RemoveBandsWithData(image, suspects, new RasterWindow(0, (int)(share * image.Layout.Height), image.Layout.Width, 1));
        var unmarked = suspects.Except(marked).ToList();
        for (var row = 0; row < image.Layout.Height && unmarked.Count > 0;)
        {
            var rows = Math.Min(RowsAtOnce(image), image.Layout.Height - row);
            RemoveBandsWithData(image, unmarked, new RasterWindow(0, row, image.Layout.Width, rows));
            row += rows;
        }

        // A scene without any data has no band that is emptier than the others.
        return suspects.Count == image.Layout.Bands && unmarked.Count + marked.Count >= suspects.Count
            ? marked
            : [.. suspects.Intersect(marked).Concat(unmarked).Order()];
    }

    private static int RowsAtOnce(SpectralImage image)
    {
        const int samplesAtOnce = 8 << 20;
        return Math.Clamp(samplesAtOnce / image.Layout.Width / image.Layout.Bands, 1, image.Layout.Height);
    }

    private static void RemoveBandsWithData(SpectralImage image, List<int> suspects, RasterWindow window)
    {
        if (suspects.Count == 0)
            return;
        var pixels = new short[suspects.Count * window.Count];
        image.Read(window, suspects, pixels);
        var position = 0;
        suspects.RemoveAll(_ => pixels.AsSpan((int)(position++ * window.Count), (int)window.Count).ContainsAnyExcept(Scene.NoData));
    }
}
