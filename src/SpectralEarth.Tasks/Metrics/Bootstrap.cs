using SpectralEarth.Randomness;

namespace SpectralEarth.Tasks.Metrics;

/// <summary>
/// Confidence intervals by drawing patches with replacement (Efron 1979; percentile intervals as in Efron and Tibshirani 1993,
/// chapter 13). Whole patches are drawn, because their pixels resemble each other: drawn one by one they would promise a
/// certainty that is not there.
/// </summary>
public static class Bootstrap
{
    private const int FewestPatches = 2;

    /// <summary>Intervals of all scores of a summary, by key. A pure function of its arguments.</summary>
    /// <param name="store">Predictions; with fewer than two patches there is nothing to draw, and no interval.</param>
    /// <param name="options">Number of draws, level, seed.</param>
    public static IReadOnlyDictionary<string, ScoreInterval> Intervals(IScoreStore store, BootstrapOptions options)
    {
        var values = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        for (var resample = 0; store.Patches >= FewestPatches && resample < options.Resamples; resample++)
        {
            var scores = store.ScoresOf(Draw(store.Patches, options.Seed, resample));
            foreach (var score in scores?.Summary ?? [])
            {
                if (!values.TryGetValue(score.Key, out var list))
                    values.Add(score.Key, list = []);
                if (score.Value is { } value)
                    list.Add(value);
            }
        }

        var tail = (1 - options.Level) / 2;
        return values.Where(pair => pair.Value.Count > 0)
            .ToDictionary(pair => pair.Key, pair => Interval([.. pair.Value.Order()], tail), StringComparer.Ordinal);
    }

    /// <summary>Quantile of ascending values by linear interpolation, as numpy's default.</summary>
    internal static double Quantile(IReadOnlyList<double> ascending, double share)
    {
        var place = share * (ascending.Count - 1);
        var below = (int)Math.Floor(place);
        var above = Math.Min(below + 1, ascending.Count - 1);
        return ascending[below] + ((place - below) * (ascending[above] - ascending[below]));
    }

    private static ScoreInterval Interval(double[] ascending, double tail) => new(Quantile(ascending, tail), Quantile(ascending, 1 - tail));

    private static int[] Draw(int patches, long seed, int resample)
    {
        var random = new SeededRandom(seed, "bootstrap", resample);
        var times = new int[patches];
        for (var draw = 0; draw < patches; draw++)
            times[random.NextInt(patches)]++;
        return times;
    }
}

/// <summary>How confidence intervals are drawn.</summary>
public sealed record BootstrapOptions
{
    /// <summary>Resamples.</summary>
    public int Resamples { get; init; } = 1000;
    /// <summary>Share of the resamples that an interval covers, in (0, 1).</summary>
    public double Level { get; init; } = 0.95;
    /// <summary>Decides the draws.</summary>
    public long Seed { get; init; } = 1;
}

/// <summary>A confidence interval of a score.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public sealed record ScoreInterval(double Low, double High);
