using SpectralEarth.Scenes;

namespace SpectralEarth.Tiling;

/// <summary>The quality layers of a row of patches, full width.</summary>
internal sealed class QualityStrip
{
    private readonly RasterWindow window;
    private readonly Dictionary<PixelQuality, byte[]> planes = [];

    /// <param name="scene">Scene to read.</param>
    /// <param name="window">Columns and rows to read.</param>
    /// <param name="bands">1-based numbers of the bands in which a defect counts.</param>
    /// <exception cref="SceneException">A layer is damaged.</exception>
    public QualityStrip(Scene scene, RasterWindow window, IReadOnlyList<int> bands)
    {
        this.window = window;
        foreach (var quality in Enum.GetValues<PixelQuality>())
        {
            var flags = new byte[window.Count];
            if (scene.TryReadQualityOf(quality, window, bands, flags))
                planes.Add(quality, flags);
        }
    }

    /// <summary>Share of valid pixels that have each quality; 0 where the product lacks the layer.</summary>
    public QualityShares Shares(GridPatch patch, int side, ReadOnlySpan<byte> valid)
    {
        var all = valid.Count((byte)1);
        var shares = new QualityShares();
        if (all == 0)
            return shares;
        foreach (var (quality, plane) in planes)
        {
            var flags = Cut(plane, patch, side);
            var flagged = 0;
            for (var pixel = 0; pixel < flags.Length; pixel++)
                flagged += flags[pixel] & valid[pixel];
            shares[quality] = flagged / (double)all;
        }

        return shares;
    }

    /// <summary>Sets valid pixels to 0 that have one of the qualities.</summary>
    public void Mask(IEnumerable<PixelQuality> qualities, GridPatch patch, int side, Span<byte> valid)
    {
        foreach (var quality in qualities)
        {
            if (!planes.TryGetValue(quality, out var plane))
                continue;
            var flags = Cut(plane, patch, side);
            for (var pixel = 0; pixel < flags.Length; pixel++)
                valid[pixel] &= (byte)(1 - flags[pixel]);
        }
    }

    /// <summary>Cuts a patch out of a plane of the strip, [P, P].</summary>
    public byte[] Cut(byte[] plane, GridPatch patch, int side) => Cut(plane, window, patch, side);

    /// <summary>Cuts a patch out of a plane of a window, [P, P].</summary>
    public static byte[] Cut(byte[] plane, RasterWindow window, GridPatch patch, int side)
    {
        var cut = new byte[side * side];
        var from = patch.SceneColumn - window.Column;
        for (var line = 0; line < side; line++)
            plane.AsSpan((line * window.Width) + from, side).CopyTo(cut.AsSpan(line * side));
        return cut;
    }
}
