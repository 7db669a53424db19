namespace SpectralEarth.Shards.Splits;

/// <summary>How far an assignment of blocks is from the balance asked for; smaller is better.</summary>
internal sealed class SplitScore
{
    /// <summary>Weight of a class that a part lacks although enough blocks hold it: more than all shares can differ.</summary>
    private const double Missing = 1000;

    private readonly BlockMap blocks;
    private readonly double[] fractions;
    private readonly bool[] widespread;

    /// <param name="blocks">What is divided.</param>
    /// <param name="fractions">Share of every part.</param>
    public SplitScore(BlockMap blocks, double[] fractions)
    {
        (this.blocks, this.fractions) = (blocks, fractions);
        var parts = fractions.Count(fraction => fraction > 0);
        widespread = [.. Enumerable.Range(0, blocks.Classes).Select(label => blocks.Groups
            .Where(group => group.ClassCounts[label] > 0).Select(group => group.Block).Distinct().Count() >= parts)];
    }

    /// <summary>
    /// Sum over parts of the distance between their share of patches and the fraction asked for, and the same for every
    /// class, averaged over classes. Dropped patches are in no part.
    /// </summary>
    public double Of(int[] parts)
    {
        var patches = new double[fractions.Length];
        var classes = new double[blocks.Classes, fractions.Length];
        foreach (var group in blocks.Groups)
        {
            if (group.PartOf(parts) is not (>= 0 and var part))
                continue;
            patches[part] += group.Patches;
            for (var label = 0; label < blocks.Classes; label++)
                classes[label, part] += group.ClassCounts[label];
        }

        var score = 0.0;
        for (var part = 0; part < fractions.Length; part++)
            score += Math.Abs((patches[part] / blocks.Patches) - fractions[part]);
        for (var label = 0; label < blocks.Classes; label++)
            score += ClassScore(classes, label) / blocks.Classes;
        return score;
    }

    private double ClassScore(double[,] classes, int label)
    {
        var all = 0.0;
        for (var part = 0; part < fractions.Length; part++)
            all += classes[label, part];
        var score = 0.0;
        for (var part = 0; part < fractions.Length; part++)
        {
            score += Math.Abs((all > 0 ? classes[label, part] / all : 0) - fractions[part]);
            if (widespread[label] && classes[label, part] == 0 && fractions[part] > 0)
                score += Missing;
        }

        return score;
    }
}
