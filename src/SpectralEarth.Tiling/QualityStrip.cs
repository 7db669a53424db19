using SpectralEarth.Scenes;

namespace SpectralEarth.Tiling;

/// <summary>The quality layers of a row of patches, full width.</summary>
internal sealed class QualityStrip
{
    private readonly RasterWindow window;
    private readonly byte[]? classes;
    private readonly Dictionary<PixelQuality, byte[]> planes = [];

    /// <param name="scene">Scene to read.</param>
    /// <param name="window">Columns and rows to read.</param>
    /// <param name="bands">1-based numbers of the bands in which a defect counts.</param>
    /// <exception cref="SceneException">A layer is damaged.</exception>
    public QualityStrip(Scene scene, RasterWindow window, IReadOnlyList<int> bands)
    {
        this.window = window;
        var plane = new byte[window.Count];
        classes = scene.TryReadQuality(QualityLayer.Classes, window, plane) ? plane : null;
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

    /// <summary>1 where the patch shows land or water, [P, P]; without the layer, wherever it lies in the scene.</summary>
    public byte[] Ground(GridPatch patch, int side, Scene scene)
    {
        if (classes is not null)
            return [.. Cut(classes, patch, side).Select(value => value is 1 or 2 ? (byte)1 : (byte)0)];
        var ground = new byte[side * side];
        for (var row = Math.Max(0, -patch.SceneRow); row < Math.Min(side, scene.Height - patch.SceneRow); row++)
            for (var column = Math.Max(0, -patch.SceneColumn); column < Math.Min(side, scene.Width - patch.SceneColumn); column++)
                ground[(row * side) + column] = 1;
        return ground;
    }

    /// <summary>Cuts a patch out of a plane of the strip, [P, P].</summary>
    public byte[] Cut(byte[] plane, GridPatch patch, int side)
    {
        var cut = new byte[side * side];
        var from = patch.SceneColumn - window.Column;
        for (var line = 0; line < side; line++)
            plane.AsSpan((line * window.Width) + from, side).CopyTo(cut.AsSpan(line * side));
        return cut;
    }
}
