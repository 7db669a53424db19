using SpectralEarth.Scenes;

namespace SpectralEarth.Tiling;

/// <summary>The quality layers of a row of patches, full width.</summary>
internal sealed class QualityStrip
{
    private static readonly QualityLayer[] Layers =
        [QualityLayer.Classes, QualityLayer.Cloud, QualityLayer.CloudShadow, QualityLayer.Haze, QualityLayer.Cirrus, QualityLayer.Snow];

    private readonly RasterWindow window;
    private readonly Dictionary<QualityLayer, byte[]> layers = [];

    /// <exception cref="SceneException">A layer is damaged.</exception>
    public QualityStrip(Scene scene, RasterWindow window)
    {
        this.window = window;
        foreach (var layer in Layers)
        {
            var values = new byte[window.Count];
            if (scene.TryReadQuality(layer, window, values))
                layers.Add(layer, values);
        }
    }

    /// <summary>Share of valid pixels that a layer flags (of <see cref="QualityLayer.Classes"/>: water); 0 without the layer.</summary>
    public double Share(QualityLayer layer, GridPatch patch, int side, ReadOnlySpan<byte> valid)
    {
        if (!layers.TryGetValue(layer, out var values))
            return 0;
        var flags = Cut(values, patch, side);
        var (all, flagged) = (0, 0);
        for (var pixel = 0; pixel < flags.Length; pixel++)
        {
            var isFlagged = layer == QualityLayer.Classes ? flags[pixel] == 2 : flags[pixel] != 0;
            all += valid[pixel];
            flagged += isFlagged ? valid[pixel] : 0;
        }

        return all == 0 ? 0 : flagged / (double)all;
    }

    /// <summary>1 where the patch shows land or water, [P, P]; without the layer, wherever it lies in the scene.</summary>
    public byte[] Ground(GridPatch patch, int side, Scene scene)
    {
        if (layers.TryGetValue(QualityLayer.Classes, out var classes))
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
