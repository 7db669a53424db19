using System.Globalization;

namespace SpectralEarth.Tasks.Metrics;

/// <summary>Numbers of reports and tables as text.</summary>
public static class ScoreText
{
    /// <summary>A count with thousands separators.</summary>
    public static string Of(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A score with three decimals; nothing if it is undefined.</summary>
    public static string Of(double? score) => score?.ToString("0.000", CultureInfo.InvariantCulture) ?? "";

    /// <summary>A score with its interval, for example "0.512 (0.480 to 0.541)".</summary>
    public static string Of(NamedScore score, IReadOnlyDictionary<string, ScoreInterval> intervals) =>
        score.Value is not null && intervals.TryGetValue(score.Key, out var interval) ? $"{Of(score.Value)} ({Of(interval.Low)} to {Of(interval.High)})" : Of(score.Value);
}
