using SpectralEarth.Randomness;

namespace SpectralEarth.Tasks.Metrics;

/// <summary>
/// Confidence intervals by drawing patches with replacement (Efron 1979; percentile intervals as in Efron and Tibshirani 1993,
/// chapter 13). Whole patches are drawn, because their pixels resemble each other: drawn one by one they would promise a
/// certainty that is not there.
/// </summary>
public static class Bootstrap
{
    private const int FewestPatches = 2, Draws = 1000;
    private const double Tail = (1 - 0.95) / 2;    // at either end

    /// <summary>What scores have that nothing was drawn for.</summary>
    public static IReadOnlyDictionary<string, ScoreInterval> NoIntervals { get; } = new Dictionary<string, ScoreInterval>();

    /// <summary>95 % intervals of all scores of a summary from 1,000 draws, by key. A pure function of its arguments.</summary>
    /// <param name="store">Predictions; with fewer than two patches there is nothing to draw, and no interval.</param>
    /// <param name="seed">Decides the draws.</param>
    public static IReadOnlyDictionary<string, ScoreInterval> Intervals(IScoreStore store, long seed)
    {
        var values = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        for (var draw = 0; store.Patches >= FewestPatches && draw < Draws; draw++)
        {
            var scores = store.ScoresOf(Draw(store.Patches, seed, draw));
            foreach (var score in scores?.Summary ?? [])
            {
                if (!values.TryGetValue(score.Key, out var list))
                    values.Add(score.Key, list = []);
                if (score.Value is { } value)
                    list.Add(value);
            }
        }

        return values.Where(pair => pair.Value.Count > 0)
            .ToDictionary(pair => pair.Key, pair => Interval([.. pair.Value.Order()]), StringComparer.Ordinal);
    }

    /// <summary>Quantile of ascending values by linear interpolation, as numpy's default.</summary>
    internal static double Quantile(IReadOnlyList<double> ascending, double share)
    {
        var place = share * (ascending.Count - 1);
        var below = (int)Math.Floor(place);
        var above = Math.Min(below + 1, ascending.Count - 1);
        return ascending[below] + ((place - below) * (ascending[above] - ascending[below]));
    }

    private static ScoreInterval Interval(double[] ascending) => new(Quantile(ascending, Tail), Quantile(ascending, 1 - Tail));

    private static int[] Draw(int patches, long seed, int number)
    {
        var random = new SeededRandom(seed, "bootstrap", number);
        var times = new int[patches];
        for (var draw = 0; draw < patches; draw++)
            times[random.NextInt(patches)]++;
        return times;
    }
}

/// <summary>A confidence interval of a score.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public sealed record ScoreInterval(double Low, double High);
