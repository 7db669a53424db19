using System.Runtime.InteropServices;

namespace SpectralEarth.Shards;

/// <summary>Pixels of label codes that belong to no class of the task. Parts may be added from several threads.</summary>
public sealed class CodeCounts
{
    private readonly Dictionary<long, long> pixels = [];

    /// <summary>The counts, the most frequent code first.</summary>
    public IReadOnlyList<CodeCount> All =>
        [.. pixels.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Select(pair => new CodeCount { Code = pair.Key, Pixels = pair.Value })];

    /// <summary>Counts pixels of a code; not from several threads.</summary>
    public void Add(long code, long count = 1) => CollectionsMarshal.GetValueRefOrAddDefault(pixels, code, out _) += count;

    /// <summary>Adds the counts of a part.</summary>
    public void Add(IEnumerable<CodeCount> part)
    {
        lock (pixels)
        {
            foreach (var one in part)
                Add(one.Code, one.Pixels);
        }
    }
}

/// <summary>How often a label code occurs.</summary>
public sealed record CodeCount
{
    private const int Shown = 20;

    /// <summary>Code in the label rasters.</summary>
    public required long Code { get; init; }
    /// <summary>Pixels that have it.</summary>
    public required long Pixels { get; init; }

    /// <summary>For people: "400 (1,160 px), 65 (12 px) and 3 more".</summary>
    public static string Listed(IReadOnlyList<CodeCount> codes) =>
        string.Join(", ", codes.Take(Shown)) + (codes.Count > Shown ? $" and {codes.Count - Shown} more" : "");

    /// <summary>For people: "400 (1,160 px)".</summary>
    public override string ToString() => FormattableString.Invariant($"{Code} ({Pixels:N0} px)");
}
