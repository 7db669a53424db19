using SpectralEarth.Randomness;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>
/// A classification tree (Breiman et al. 1984): nodes split where Gini's impurity falls most, looking at a random choice of
/// features in each node, until their pixels are of one class.
/// </summary>
internal sealed class DecisionTree
{
    private const int MostDepth = 30;

    private readonly List<Node> nodes = [];
    private readonly int classes, features, triedFeatures;
    private readonly byte[][] bins;
    private readonly byte[] labels;
    private SeededRandom random;

    /// <param name="bins">Interval of each feature of each pixel, [F][M].</param>
    /// <param name="labels">Class of each pixel, [M].</param>
    /// <param name="classes">Classes L.</param>
    /// <param name="pixels">Pixels to grow on; they may repeat.</param>
    /// <param name="random">Draws the features that a node looks at.</param>
    public DecisionTree(byte[][] bins, byte[] labels, int classes, int[] pixels, SeededRandom random)
    {
        (this.bins, this.labels, this.classes, this.random) = (bins, labels, classes, random);
        (features, triedFeatures) = (bins.Length, Math.Max(1, (int)Math.Sqrt(bins.Length)));
        Grow(pixels, depth: 0);
    }

    /// <summary>Adds the shares of the classes in the leaf that a pixel falls into.</summary>
    /// <param name="pixel">Interval of each feature, [F].</param>
    /// <param name="shares">Sums, [L].</param>
    public void AddShares(ReadOnlySpan<byte> pixel, Span<float> shares)
    {
        var node = nodes[0];
        while (node.Shares is null)
            node = nodes[pixel[node.Feature] <= node.Limit ? node.Low : node.High];
        for (var label = 0; label < shares.Length; label++)
            shares[label] += node.Shares[label];
    }

    private int Grow(int[] pixels, int depth)
    {
        var number = nodes.Count;
        nodes.Add(default);
        var counts = new int[classes];
        foreach (var pixel in pixels)
            counts[labels[pixel]]++;
        if (depth >= MostDepth || counts.Count(count => count > 0) == 1 || BestSplit(pixels) is not { } split)
        {
            nodes[number] = new Node(0, 0, 0, 0, [.. counts.Select(count => count / (float)pixels.Length)]);
            return number;
        }

        var sides = pixels.ToLookup(pixel => bins[split.Feature][pixel] <= split.Limit);
        var low = Grow([.. sides[true]], depth + 1);
        var high = Grow([.. sides[false]], depth + 1);
        nodes[number] = new Node(split.Feature, split.Limit, low, high, null);
        return number;
    }

    /// <summary>The split with the purest sides; null if no feature that was looked at varies.</summary>
    private (int Feature, byte Limit)? BestSplit(int[] pixels)
    {
        (int Feature, byte Limit)? best = null;
        var bestPurity = double.NegativeInfinity;
        var counts = new int[256 * classes];
        var (below, above) = (new int[classes], new int[classes]);
        for (var tried = 0; tried < triedFeatures; tried++)
        {
            var feature = random.NextInt(features);
            var (first, last) = Count(pixels, bins[feature], counts, above);
            Array.Clear(below);
            var passed = 0;
            for (var limit = first; limit < last; limit++)
            {
                for (var label = 0; label < classes; label++)
                {
                    var count = counts[(limit * classes) + label];
                    (below[label], above[label], passed) = (below[label] + count, above[label] - count, passed + count);
                }

                // Sum of squares over size is what Gini's impurity leaves to compare (Breiman et al., section 4.3).
                var purity = Squares(below, passed) + Squares(above, pixels.Length - passed);
                if (passed > 0 && passed < pixels.Length && purity > bestPurity)
                    (best, bestPurity) = ((feature, (byte)limit), purity);
            }

            counts.AsSpan(first * classes, (last - first + 1) * classes).Clear();
        }

        return best;
    }

    private (int First, int Last) Count(int[] pixels, byte[] feature, int[] counts, int[] total)
    {
        Array.Clear(total);
        var (first, last) = (255, 0);
        foreach (var pixel in pixels)
        {
            int bin = feature[pixel];
            (first, last) = (Math.Min(first, bin), Math.Max(last, bin));
            counts[(bin * classes) + labels[pixel]]++;
            total[labels[pixel]]++;
        }

        return (first, last);
    }

    private static double Squares(int[] counts, int size)
    {
        var sum = 0.0;
        foreach (var count in counts)
            sum += (double)count * count;
        return size == 0 ? 0 : sum / size;
    }

    /// <summary>A split, or a leaf with the shares of its classes.</summary>
    private readonly record struct Node(int Feature, byte Limit, int Low, int High, float[]? Shares);
}
