namespace SpectralEarth.Scenes;

/// <summary>Finds the bands that have no data in the whole scene without reading all of it.</summary>
internal static class EmptyBandSearch
{
    private const int SamplesAtOnce = 8 << 20;

    /// <summary>
    /// Looks into a few rows. A band with data there is not empty, whatever METADATA.XML says; a marked band without is.
    /// Other bands without data are searched to the end of the image.
    /// </summary>
    internal static IReadOnlyList<int> Find(SpectralImage image, IReadOnlyList<int> marked)
    {
        var suspects = image.Numbers.ToList();
        foreach (var row in RasterWindow.Looks(image.Layout.Width, image.Layout.Height))
            RemoveBandsWithData(image, suspects, row);
        var unmarked = suspects.Except(marked).ToList();
        foreach (var part in new RasterWindow(0, 0, image.Layout.Width, image.Layout.Height).Parts(image.Layout.Bands, SamplesAtOnce))
            RemoveBandsWithData(image, unmarked, part);

        // A scene without any data has no band that is emptier than the others.
        return suspects.Count == image.Layout.Bands && unmarked.Count + marked.Count >= suspects.Count
            ? marked
            : [.. suspects.Intersect(marked).Concat(unmarked).Order()];
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
