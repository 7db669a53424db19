namespace SpectralEarth.Tasks.Metrics;

/// <summary>
/// Average precision: the sum over thresholds of precision times the gain in recall, without interpolation, one threshold for
/// each distinct score, as scikit-learn's <c>average_precision_score</c>.
/// </summary>
internal sealed class AveragePrecision
{
    private readonly float[] scores;    // descending
    private readonly int[] order;       // decision at each place
    private readonly bool[] isPositive;

    /// <param name="scores">Score of each decision; higher means rather positive.</param>
    /// <param name="isPositive">Truth of each decision.</param>
    public AveragePrecision(float[] scores, bool[] isPositive)
    {
        order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(decision => scores[decision])];
        this.scores = [.. order.Select(decision => scores[decision])];
        this.isPositive = isPositive;
    }

    /// <summary>Average precision with decisions counted several times or not at all; null without a positive one (scikit-learn: 0).</summary>
    /// <param name="times">How often a decision counts, by its number.</param>
    public double? Of(Func<int, int> times)
    {
        var (right, seen, sum, before) = (0L, 0L, 0.0, 0L);
        for (var place = 0; place < order.Length; place++)
        {
            var count = times(order[place]);
            seen += count;
            right += isPositive[order[place]] ? count : 0;
            var isThreshold = place + 1 == order.Length || scores[place + 1] != scores[place];
            if (!isThreshold || seen == 0)
                continue;
            sum += (right - before) * ((double)right / seen);
            before = right;
        }

        return right == 0 ? null : sum / right;
    }
}
