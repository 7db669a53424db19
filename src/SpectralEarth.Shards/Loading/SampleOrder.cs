using SpectralEarth.Randomness;

namespace SpectralEarth.Shards.Loading;

/// <summary>
/// Order of samples: a pure function of seed, epoch and number of samples, so that resuming needs only a position and
/// any number of ranks and threads sees the same batches.
/// </summary>
/// <param name="samples">What there is to draw from.</param>
/// <param name="batchSize">Samples per batch, over all ranks.</param>
/// <param name="seed">Decides every draw.</param>
/// <param name="window">
/// Samples that are shuffled among each other: 0 shuffles all. With a window, runs of <see cref="RunLength"/> neighbours are
/// shuffled first and then the samples within each window, so that a disk that is slow to seek reads long stretches.
/// </param>
public sealed class SampleOrder(SampleSet samples, int batchSize, long seed, int window = 0)
{
    /// <summary>Neighbouring samples that stay together until the window shuffles them.</summary>
    public const int RunLength = 16;

    /// <summary>All samples of an epoch, each once.</summary>
    internal int[] Epoch(long epoch)
    {
        if (window <= 0 || window >= samples.Count)
            return Shuffled(samples.Count, new SeededRandom(seed, "sample-order", epoch));
        var runs = Shuffled((samples.Count + RunLength - 1) / RunLength, new SeededRandom(seed, "run-order", epoch));
        int[] order = [.. runs.SelectMany(run => Enumerable.Range(run * RunLength, Math.Min(RunLength, samples.Count - (run * RunLength))))];
        for (var start = 0; start < order.Length; start += window)
            new SeededRandom(seed, "window-order", epoch, start).Shuffle(order.AsSpan(start, Math.Min(window, order.Length - start)));
        return order;
    }

    /// <summary>
    /// Endless batches of catalog indices from <paramref name="firstStep"/> on. Epochs follow one another without a gap: a
    /// batch may span two, so every step has exactly the batch size whatever the size of the data set. The patches of a
    /// sample stand side by side.
    /// </summary>
    /// <param name="firstStep">First step, from 0.</param>
    /// <param name="rank">This rank; it gets its part of each batch.</param>
    /// <param name="ranks">Number of ranks; divides the batch size.</param>
    /// <exception cref="ArgumentException">The number of ranks does not divide the batch size.</exception>
    public IEnumerable<int[]> Batches(long firstStep, int rank = 0, int ranks = 1)
    {
        if (batchSize % ranks != 0)
            throw new ArgumentException($"A batch of {batchSize} cannot be divided among {ranks} ranks; choose a multiple of {ranks}.", nameof(ranks));
        return From(firstStep, rank * (batchSize / ranks), batchSize / ranks);
    }

    private IEnumerable<int[]> From(long firstStep, int offset, int length)
    {
        var epoch = -1L;
        int[] order = [];
        for (var step = firstStep; ; step++)
        {
            var batch = new int[length * samples.PatchesPerSample];
            for (var sample = 0; sample < length; sample++)
            {
                var (needed, position) = Math.DivRem((step * batchSize) + offset + sample, samples.Count);
                if (needed != epoch)
                    (epoch, order) = (needed, Epoch(needed));
                samples.Draw(seed, epoch, order[position], batch.AsSpan(sample * samples.PatchesPerSample, samples.PatchesPerSample));
            }

            yield return batch;
        }
    }

    private static int[] Shuffled(int count, SeededRandom random)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        random.Shuffle<int>(order);
        return order;
    }
}
