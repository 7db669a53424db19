using SpectralEarth.Randomness;

namespace SpectralEarth.Shards.Loading;

/// <summary>Order of samples: a pure function of seed, epoch and sample count, so that resuming needs only a position.</summary>
public static class SampleOrder
{
    /// <summary>A shuffled copy of <paramref name="samples"/> for one epoch.</summary>
    public static int[] Epoch(IReadOnlyList<int> samples, long seed, long epoch)
    {
        var order = samples.ToArray();
        new SeededRandom(seed, "sample-order", epoch).Shuffle<int>(order);
        return order;
    }

    /// <summary>
    /// Endless batches from <paramref name="firstStep"/> on. Epochs follow one another without a gap: a batch may span
    /// two epochs, so every step has exactly <paramref name="batchSize"/> samples whatever the size of the data set.
    /// </summary>
    public static IEnumerable<int[]> Batches(IReadOnlyList<int> samples, int batchSize, long seed, long firstStep)
    {
        var epoch = -1L;
        int[] order = [];
        for (var step = firstStep; ; step++)
        {
            var batch = new int[batchSize];
            for (var sample = 0; sample < batchSize; sample++)
            {
                var (needed, position) = Math.DivRem((step * batchSize) + sample, samples.Count);
                if (needed != epoch)
                    (epoch, order) = (needed, Epoch(samples, seed, needed));
                batch[sample] = order[position];
            }

            yield return batch;
        }
    }
}
