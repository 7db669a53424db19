using SpectralEarth.Randomness;
using SpectralEarth.Shards.Splits;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Draws the share of the training patches that a run with few labels may use.</summary>
internal static class FewLabels
{
    private const int Draws = 500;
    private const uint ReferenceSeed = 42;

    /// <summary>The split with a share of its training patches, whose classes are those of all.</summary>
    public static LabelledSplit Stratified(LabelledSplit split, LabelCensus census, SplitRecipe recipe) =>
        split with { Train = Stratified(split.Train, census, recipe), TrainPatchesBeforeShare = split.Train.Count };

    /// <summary>Of many seeded draws the one whose classes are nearest to those of all training patches, and that lacks fewest.</summary>
    private static int[] Stratified(IReadOnlyList<int> train, LabelCensus census, SplitRecipe recipe)
    {
        var count = Math.Max(1, (int)Math.Round(recipe.TrainShare * train.Count));
        var wanted = Shares(census.Total(train));
        int[] best = [];
        var bestDistance = double.PositiveInfinity;
        for (var draw = 0; draw < Draws; draw++)
        {
            int[] order = [.. train];
            new SeededRandom(recipe.Seed, "train-share", draw).Shuffle<int>(order);
            var found = Shares(census.Total(order[..count]));
            var distance = wanted.Zip(found, (w, f) => Math.Abs(w - f) + (w > 0 && f == 0 ? 1 : 0)).Sum();
            if (distance < bestDistance)
                (best, bestDistance) = (order[..count], distance);
        }

        return [.. best.Order()];
    }

    /// <summary>The share of published lists that the reference draws (<see cref="ShareDraw.Reference"/>).</summary>
    /// <exception cref="LabelException">Nothing is left to train on.</exception>
    public static DatasetSplit AsReference(DatasetSplit split, double share)
    {
        var total = (int)((split.Train.Count + split.Validation.Count) * share);
        var train = Math.Min(split.Train.Count, (int)(total * (share < 0.5 ? 0.8 : 0.7)));
        var validation = Math.Min(split.Validation.Count, total - (int)(total * (share < 0.5 ? 0.8 : 0.7)));
        if (train == 0)
            throw new LabelException($"split.train_share {share} of {split.Train.Count} training and {split.Validation.Count} validation patches leaves none to train on. Choose a larger share.");
        return split with
        {
            Train = [.. new MersenneTwister(ReferenceSeed).Sample(split.Train.Count, train).Select(place => split.Train[place])],
            Validation = [.. new MersenneTwister(ReferenceSeed).Sample(split.Validation.Count, validation).Select(place => split.Validation[place])],
        };
    }

    private static double[] Shares(long[] counts)
    {
        var sum = Math.Max(1.0, counts.Sum());
        return [.. counts.Select(count => count / sum)];
    }
}
