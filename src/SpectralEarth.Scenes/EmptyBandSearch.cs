namespace SpectralEarth.Scenes;

/// <summary>
/// Finds the bands that have no data in the whole scene without reading all of it, and nearly nothing of it where nobody asks for such
/// bands. Thread-safe.
/// </summary>
internal sealed class EmptyBandSearch
{
    private const int SamplesAtOnce = 8 << 20;

    /// <summary>Pixels of the first look: no more than one block of most files.</summary>
    private const int FirstLook = 16;

    private readonly SpectralImage image;
    private readonly Lazy<IReadOnlyList<int>> suspects, all;

    /// <param name="image">Image of the scene.</param>
    /// <param name="marked">Bands that METADATA.XML says are empty.</param>
    public EmptyBandSearch(SpectralImage image, IReadOnlyList<int> marked)
    {
        this.image = image;
        suspects = new Lazy<IReadOnlyList<int>>(() => WithoutData(image.Numbers, Middle()));
        all = new Lazy<IReadOnlyList<int>>(() => Find(marked));
    }

    /// <summary>The empty bands of the scene.</summary>
    public IReadOnlyList<int> All => all.Value;

    /// <summary>Those among some bands.</summary>
    public IReadOnlyList<int> Among(IReadOnlyList<int> bands) =>
        bands.Intersect(suspects.Value).Any() ? [.. bands.Intersect(all.Value)] : [];

    /// <summary>
    /// Looks into a few rows. A band with data there is not empty, whatever METADATA.XML says; a marked band without is.
    /// Other bands without data are searched to the end of the image.
    /// </summary>
    private IReadOnlyList<int> Find(IReadOnlyList<int> marked)
    {
        var empty = suspects.Value;
        foreach (var row in RasterWindow.Looks(image.Layout.Width, image.Layout.Height))
            empty = WithoutData(empty, row);
        IReadOnlyList<int> unmarked = [.. empty.Except(marked)];
        foreach (var part in new RasterWindow(0, 0, image.Layout.Width, image.Layout.Height).Parts(image.Layout.Bands, SamplesAtOnce))
            unmarked = WithoutData(unmarked, part);

        // A scene without any data has no band that is emptier than the others.
        return empty.Count == image.Layout.Bands && unmarked.Count + marked.Count >= empty.Count
            ? marked
            : [.. empty.Intersect(marked).Concat(unmarked).Order()];
    }

    private RasterWindow Middle()
    {
        var width = Math.Min(FirstLook, image.Layout.Width);
        return new RasterWindow((image.Layout.Width - width) / 2, image.Layout.Height / 2, width, 1);
    }

    private IReadOnlyList<int> WithoutData(IReadOnlyList<int> bands, RasterWindow window)
    {
        if (bands.Count == 0)
            return bands;
        var pixels = new short[bands.Count * window.Count];
        image.Read(window, bands, pixels);
        return [.. bands.Where((_, place) => !pixels.AsSpan((int)(place * window.Count), (int)window.Count).ContainsAnyExcept(Scene.NoData))];
    }
}
