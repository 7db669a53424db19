using SpectralEarth.Scenes;

namespace SpectralEarth.Tiling;

/// <summary>Shares of a patch's valid pixels that have each quality, 0 to 1.</summary>
internal sealed class QualityShares
{
    private readonly double[] shares = new double[Enum.GetValues<PixelQuality>().Length];

    public double this[PixelQuality quality]
    {
        get => shares[(int)quality];
        set => shares[(int)quality] = value;
    }

    /// <summary>The first quality whose share is above its limit; null if there is none.</summary>
    public PixelQuality? FirstAbove(IReadOnlyDictionary<PixelQuality, double> limits)
    {
        foreach (var (quality, limit) in limits.OrderBy(pair => pair.Key))
            if (this[quality] > limit)
                return quality;
        return null;
    }
}
