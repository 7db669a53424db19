namespace SpectralEarth.Scenes;

/// <summary>Counts of usable pixels of a scene and of those that a quality layer flags.</summary>
internal sealed class QualityCounts
{
    private const int SamplesAtOnce = 16 << 20;

    private readonly Dictionary<PixelQuality, long> flagged = [];

    private QualityCounts()
    {
    }

    /// <summary>Usable pixels.</summary>
    internal long Valid { get; private set; }

    /// <summary>Share of usable pixels that have a flag, null without layer or pixels.</summary>
    internal double? Fraction(PixelQuality flag) =>
        Valid > 0 && flagged.TryGetValue(flag, out var count) ? count / (double)Valid : null;

    /// <summary>Reads a scene once.</summary>
    internal static QualityCounts Of(Scene scene, IReadOnlyList<int> bandNumbers)
    {
        var result = new QualityCounts();
        var parts = new RasterWindow(0, 0, scene.Width, scene.Height).Parts(bandNumbers.Count, SamplesAtOnce);
        var (valid, flags) = (new byte[parts[0].Count], new byte[parts[0].Count]);
        foreach (var window in parts)
        {
            scene.ReadValidity(window, bandNumbers, valid);
            result.Add(scene, window, bandNumbers, valid.AsSpan(0, (int)window.Count), flags);
        }

        return result;
    }

    private void Add(Scene scene, RasterWindow window, IReadOnlyList<int> bandNumbers, ReadOnlySpan<byte> valid, byte[] values)
    {
        Valid += valid.Count((byte)1);
        foreach (var flag in Enum.GetValues<PixelQuality>())
        {
            if (!scene.TryReadQualityOf(flag, window, bandNumbers, values))
                continue;
            var count = 0L;
            for (var i = 0; i < valid.Length; i++)
                count += valid[i] & values[i];
            flagged[flag] = flagged.GetValueOrDefault(flag) + count;
        }
    }
}
