using SpectralEarth.Randomness;

namespace SpectralEarth.Shards.Splits;

/// <summary>
/// Divides patches by place: the ground is cut into square blocks on the global grid of each UTM zone, and a block goes
/// to one part as a whole. All dates of a location share a part, and no ground pixel lies in two parts, also where zones meet.
/// Scenes or single locations may take the place of blocks.
/// </summary>
public static class SpatialSplit
{
    /// <summary>Groups of patches times classes looked at in the search for a balanced assignment.</summary>
    private const long SearchEffort = 20_000_000;

    /// <summary>
    /// Draws assignments of blocks to parts from the seed and keeps the one whose shares of patches and of every class
    /// come nearest to the fractions asked for. A class that occurs in three or more blocks appears in every part if any
    /// assignment drawn allows it. A pure function of its arguments.
    /// </summary>
    /// <exception cref="ArgumentException">The fractions leave nothing to train on, counts do not fit the catalog, or the name of the test's scenes fits none or all.</exception>
    /// <exception cref="DatasetException">Single locations are asked for, but they overlap; or nothing is left beside, or of, the test's scenes.</exception>
    public static DatasetSplit Assign(IReadOnlyList<PatchInfo> catalog, SplitOptions options)
    {
        Check(catalog, options);
        if (options.TestScenes is not null)
            return NamedTest.Assign(catalog, options);
        var blocks = new BlockMap(catalog, options);
        double[] fractions = [1 - options.TestFraction - options.ValidationFraction, options.ValidationFraction, options.TestFraction];
        var draws = (int)Math.Clamp(SearchEffort / ((long)Math.Max(blocks.Groups.Count, 1) * (blocks.Classes + 3)), 8, 4000);
        var scores = new SplitScore(blocks, fractions);
        int[] best = [];
        var bestScore = double.PositiveInfinity;
        for (var draw = 0; draw < draws; draw++)
        {
            var parts = Draw(blocks, fractions, options.Seed, draw);
            var score = scores.Of(parts);
            if (score < bestScore)
                (best, bestScore) = (parts, score);
        }

        var split = Collect(catalog, blocks, best);
        if (options.Unit == SplitUnit.Patch && SplitOverlap.Find(catalog, options.Ground, split) is { } shared)
            throw new DatasetException($"Locations {shared.First} and {shared.Second} overlap, so a split by single patches would test on ground that was trained on. Split by blocks, or tile without overlap.");
        return split;
    }

    private static void Check(IReadOnlyList<PatchInfo> catalog, SplitOptions options)
    {
        if (!(options.TestFraction >= 0 && options.ValidationFraction >= 0 && options.TestFraction + options.ValidationFraction < 1))    // not a number, too
            throw new ArgumentException($"Test fraction {options.TestFraction} and validation fraction {options.ValidationFraction} must be 0 or more and leave a part to train on.");
        if (options.PatchSize < 1 || options.BlockSize < 1)
            throw new ArgumentException($"Patch size {options.PatchSize} and block size {options.BlockSize} must be at least 1.");
        if (options.ClassCounts is { } counts && counts.Count != catalog.Count)
            throw new ArgumentException($"Class counts of {counts.Count} patches, but the catalog has {catalog.Count}.");
    }

    /// <summary>Fills test, then validation, with blocks in random order up to their share of patches; the rest trains.</summary>
    private static int[] Draw(BlockMap blocks, double[] fractions, long seed, int draw)
    {
        var order = Enumerable.Range(0, blocks.Count).ToArray();
        var random = new SeededRandom(seed, "spatial-split", draw);
        random.Shuffle<int>(order);
        var parts = new int[blocks.Count];
        var next = 0;
        for (var part = fractions.Length - 1; part > 0; part--)
        {
            var wanted = fractions[part] * blocks.Patches;
            double filled = 0;
            while (wanted > 0 && next < order.Length - 1 && filled < wanted)
            {
                var size = blocks.PatchesIn(order[next]);
                // Stop short where that misses the target by less, but give every part something.
                if (filled > 0 && filled + size - wanted > wanted - filled)
                    break;
                filled += size;
                parts[order[next++]] = part;
            }
        }

        return parts;
    }

    private static DatasetSplit Collect(IReadOnlyList<PatchInfo> catalog, BlockMap blocks, int[] parts)
    {
        List<int>[] members = [[], [], []];
        var dropped = new HashSet<string>(StringComparer.Ordinal);
        for (var patch = 0; patch < catalog.Count; patch++)
            if (blocks.GroupOf(patch).PartOf(parts) is >= 0 and var part)
                members[part].Add(patch);
            else
                dropped.Add(catalog[patch].LocationId);
        return new DatasetSplit { Train = members[0], Validation = members[1], Test = members[2], DroppedLocations = dropped.Count };
    }
}
