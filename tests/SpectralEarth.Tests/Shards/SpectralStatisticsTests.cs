using SpectralEarth.Randomness;
using SpectralEarth.Shards.Statistics;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Shards;

public sealed class SpectralStatisticsTests
{
    [Test]
    public void Statistics_are_those_of_the_sorted_values()
    {
        var random = new SeededRandom(5, "statistics");
        var values = Enumerable.Range(0, 1000).Select(_ => (short)((4000 * random.NextNormal()) + 100)).ToArray();
        var statistics = new SpectralStatistics(1, short.MinValue);

        statistics.Add(values, Enumerable.Repeat((byte)1, 1000).ToArray());
        var found = statistics.ToChannels()[0];

        var (mean, sorted) = (values.Average(value => (double)value), values.Order().ToArray());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Mean, Is.EqualTo(mean).Within(1e-9));
            Assert.That(found.StandardDeviation, Is.EqualTo(Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / 999)).Within(1e-9));
            Assert.That((found.Minimum, found.Maximum), Is.EqualTo(((int)sorted[0], (int)sorted[^1])));
            Assert.That(found.Percentiles, Is.EqualTo(new int[] { sorted[9], sorted[499], sorted[989] }));
        }
    }

    [Test]
    public void Invalid_pixels_and_no_data_are_left_out()
    {
        var statistics = new SpectralStatistics(2, short.MinValue);

        statistics.Add([10, 99, 30, 5, 99, short.MinValue], [1, 0, 1]);
        var found = statistics.ToChannels();

        Assert.That((found[0].Mean, found[0].Minimum, found[0].Maximum), Is.EqualTo((20.0, 10, 30)));
        Assert.That((found[1].Mean, found[1].StandardDeviation, found[1].Maximum), Is.EqualTo((5.0, 0.0, 5)));
    }

    [Test]
    public void Counts_are_those_of_a_dictionary_for_any_values_and_any_validity()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new SeededRandom(seed, "counts");
            var statistics = new SpectralStatistics(1, short.MinValue);
            var expected = new SortedDictionary<short, long>();
            for (var patch = 0; patch < 3; patch++)
            {
                // Few values, many values, and all that 16 bits can hold.
                var spread = (seed % 3) switch { 0 => 4, 1 => 4000, _ => 32767 };
                var pixels = Enumerable.Range(0, 1 + random.NextInt(200)).Select(_ => (short)(random.NextInt((2 * spread) + 1) - spread)).ToArray();
                var validity = pixels.Select(_ => (byte)random.NextInt(2)).ToArray();
                statistics.Add(pixels, validity);
                foreach (var value in pixels.Where((_, pixel) => validity[pixel] == 1))
                    expected[value] = expected.GetValueOrDefault(value) + 1;
            }

            Assert.That(statistics.Counts(0), Is.EqualTo(expected.Select(entry => (entry.Key, entry.Value))), $"seed {seed}");
        }
    }

    [Test]
    public void Extreme_values_do_not_overflow()
    {
        var statistics = new SpectralStatistics(1, 0);
        statistics.AddCount(0, short.MinValue, 1L << 40);
        statistics.AddCount(0, short.MaxValue, 1L << 40);

        var found = statistics.ToChannels()[0];

        Assert.That(found.Mean, Is.EqualTo(-0.5));
        Assert.That(found.StandardDeviation, Is.EqualTo(32767.5).Within(1e-6));
    }

    [Test]
    public void Any_order_any_threads_and_merging_give_equal_statistics()
    {
        var patches = SmallDataset.Patches(4);
        var whole = new SpectralStatistics(SmallDataset.Channels, short.MinValue);
        var threaded = new SpectralStatistics(SmallDataset.Channels, short.MinValue);
        var (left, right) = (new SpectralStatistics(SmallDataset.Channels, short.MinValue), new SpectralStatistics(SmallDataset.Channels, short.MinValue));

        foreach (var patch in patches)
            whole.Add(patch.Pixels, patch.Validity);
        Parallel.ForEach(patches.AsEnumerable().Reverse(), patch => threaded.Add(patch.Pixels, patch.Validity));
        for (var index = 0; index < patches.Count; index++)
            (index % 3 == 0 ? left : right).Add(patches[index].Pixels, patches[index].Validity);
        left.Merge(right);

        for (var channel = 0; channel < SmallDataset.Channels; channel++)
        {
            Assert.That(threaded.Counts(channel), Is.EqualTo(whole.Counts(channel)));
            Assert.That(left.Counts(channel), Is.EqualTo(whole.Counts(channel)));
        }
    }

    [Test]
    public void Counts_survive_a_file()
    {
        using var folder = new TemporaryFolder();
        var patch = SmallDataset.Patch(0, 0, 0);
        var (before, after) = (new SpectralStatistics(SmallDataset.Channels, short.MinValue), new SpectralStatistics(SmallDataset.Channels, short.MinValue));
        before.Add(patch.Pixels, patch.Validity);

        StatisticsFile.Write(folder.File("counts.parquet"), before);
        StatisticsFile.AddTo(after, folder.File("counts.parquet"));

        for (var channel = 0; channel < SmallDataset.Channels; channel++)
            Assert.That(after.Counts(channel), Is.EqualTo(before.Counts(channel)));
    }

    [Test]
    public void A_channel_without_values_is_left_alone_by_normalising()
    {
        var found = new SpectralStatistics(1, short.MinValue).ToChannels()[0];

        Assert.That((found.Mean, found.StandardDeviation), Is.EqualTo((0.0, 1.0)));
    }
}
