namespace SpectralEarth.Scenes;

/// <summary>Counts of usable pixels of a scene and of those that a quality layer flags.</summary>
internal sealed class QualityCounts
{
    private const int SamplesAtOnce = 16 << 20;

    private readonly Dictionary<QualityLayer, long> flagged = [];

    private QualityCounts()
    {
    }

    /// <summary>Usable pixels.</summary>
    internal long Valid { get; private set; }

    /// <summary>Share of usable pixels that the layer flags (of <see cref="QualityLayer.Classes"/>: water), null without layer or pixels.</summary>
    internal double? Fraction(QualityLayer layer) =>
        Valid > 0 && flagged.TryGetValue(layer, out var count) ? count / (double)Valid : null;

    /// <summary>Reads a scene once, in whole row-blocks of its file.</summary>
    internal static QualityCounts Of(Scene scene, IReadOnlyList<int> bandNumbers)
    {
        var result = new QualityCounts();
        var rows = SamplesAtOnce / scene.Width / bandNumbers.Count / scene.BlockRows * scene.BlockRows;
        rows = Math.Clamp(rows, Math.Min(scene.BlockRows, 128), scene.Height);
        var (valid, layer) = (new byte[rows * scene.Width], new byte[rows * scene.Width]);
        for (var row = 0; row < scene.Height; row += rows)
        {
            var window = new RasterWindow(0, row, scene.Width, Math.Min(rows, scene.Height - row));
            scene.ReadValidity(window, bandNumbers, valid);
            result.Add(scene, window, valid.AsSpan(0, (int)window.Count), layer);
        }

        return result;
    }

    private void Add(Scene scene, RasterWindow window, ReadOnlySpan<byte> valid, byte[] values)
    {
        Valid += valid.Count((byte)1);
        foreach (var layer in Enum.GetValues<QualityLayer>())
        {
            if (!scene.TryReadQuality(layer, window, values))
                continue;
            var count = 0L;
            for (var i = 0; i < valid.Length; i++)
                count += valid[i] == 1 && (layer == QualityLayer.Classes ? values[i] == 2 : values[i] != 0) ? 1 : 0;
            flagged[layer] = flagged.GetValueOrDefault(layer) + count;
        }
    }
}
