using SpectralEarth.Scenes;

namespace SpectralEarth.Tiling;

/// <summary>Windows looked at and why they were left out. Safe to count from several threads.</summary>
internal sealed class TileCounts
{
    private readonly Lock gate = new();

    public int Windows { get; private set; }
    public int SkippedNoData { get; private set; }
    public int SkippedCloud { get; private set; }
    public int SkippedOther { get; private set; }
    /// <summary>Smallest share of unusable pixels of any window; 1 without windows.</summary>
    public double SmallestNoData { get; private set; } = 1;

    /// <summary>Codes of the labels in patches.</summary>
    public SortedSet<int> LabelCodes { get; } = [];

    /// <summary>Notes the labels of a patch.</summary>
    public void Labels(ReadOnlySpan<byte> codes)
    {
        Span<bool> seen = stackalloc bool[256];
        foreach (var code in codes)
            seen[code] = true;
        lock (gate)
        {
            for (var code = 1; code < seen.Length; code++)
            {
                if (seen[code])
                    LabelCodes.Add(code);
            }
        }
    }

    /// <summary>Counts a window with little enough no-data.</summary>
    public void Window(double noData)
    {
        lock (gate)
        {
            Windows++;
            SmallestNoData = Math.Min(SmallestNoData, noData);
        }
    }

    /// <summary>Counts a window that is left out for no-data.</summary>
    public void TooMuchNoData(double noData)
    {
        lock (gate)
        {
            Windows++;
            SmallestNoData = Math.Min(SmallestNoData, noData);
            SkippedNoData++;
        }
    }

    public void TooMuchOf(PixelQuality quality)
    {
        lock (gate)
        {
            if (quality == PixelQuality.Cloud)
                SkippedCloud++;
            else
                SkippedOther++;
        }
    }
}
