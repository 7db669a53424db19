using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;

namespace SpectralEarth.Tests.Shards;

public sealed class SampleOrderTests
{
    private static readonly SampleSet Samples = SampleSet.OfPatches(Enumerable.Range(0, 10));

    [Test]
    public void An_epoch_has_every_sample_once_in_an_order_of_its_own([Values(0, 4)] int window)
    {
        var order = new SampleOrder(Samples, 4, seed: 3, window);
        var (first, second) = (order.Epoch(0), order.Epoch(1));

        Assert.That(first.Order(), Is.EqualTo(Enumerable.Range(0, 10)));
        Assert.That(second.Order(), Is.EqualTo(Enumerable.Range(0, 10)));
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(new SampleOrder(Samples, 4, seed: 3, window).Epoch(0), Is.EqualTo(first));
        Assert.That(new SampleOrder(Samples, 4, seed: 4, window).Epoch(0), Is.Not.EqualTo(first));
    }

    [Test]
    public void A_window_holds_runs_of_neighbours_in_mixed_order()
    {
        var order = new SampleOrder(SampleSet.OfPatches(Enumerable.Range(0, 1000)), 4, seed: 1, window: 128).Epoch(0);

        Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, 1000)));
        foreach (var window in order.Chunk(128))
        {
            // 128 samples come from 8 runs, or from 9 where the data set's last, shorter run is among them.
            Assert.That(window.Select(sample => sample / SampleOrder.RunLength).Distinct().Count(), Is.LessThanOrEqualTo(9));
            Assert.That(window.Zip(window.Skip(1)).Count(pair => pair.Second == pair.First + 1), Is.LessThan(20));
        }
    }

    [Test]
    public void Batches_go_through_the_epochs_without_a_gap()
    {
        var order = new SampleOrder(Samples, 4, seed: 3);

        var drawn = order.Batches(0).Take(5).SelectMany(batch => batch).ToArray();

        Assert.That(drawn[..10], Is.EqualTo(order.Epoch(0)));
        Assert.That(drawn[10..], Is.EqualTo(order.Epoch(1)));
    }

    [Test]
    public void A_later_first_step_continues_the_same_sequence([Values(1, 2, 7, 1000)] int step, [Values(0, 4)] int window)
    {
        var order = new SampleOrder(Samples, 3, seed: 9, window);

        Assert.That(order.Batches(step).Take(4), Is.EqualTo(order.Batches(0).Skip(step).Take(4)));
    }

    [Test]
    public void A_batch_may_be_larger_than_the_data_set()
    {
        var batch = new SampleOrder(SampleSet.OfPatches([5, 6]), 5, seed: 1).Batches(0).First();

        Assert.That(batch, Has.Length.EqualTo(5));
        Assert.That(batch.Count(sample => sample == 5), Is.InRange(2, 3));
    }

    [Test]
    public void Ranks_share_each_batch_of_a_single_rank([Values(1, 2, 3, 6)] int ranks)
    {
        var order = new SampleOrder(Samples, 6, seed: 2);
        var shares = Enumerable.Range(0, ranks).Select(rank => order.Batches(7, rank, ranks).Take(5).ToArray()).ToArray();

        var together = Enumerable.Range(0, 5).Select(step => shares.SelectMany(share => share[step]).ToArray());

        Assert.That(together, Is.EqualTo(order.Batches(7).Take(5)));
    }

    [Test]
    public void A_batch_that_ranks_cannot_share_evenly_is_refused() =>
        Assert.That(() => new SampleOrder(Samples, 6, seed: 2).Batches(0, 0, 4), Throws.ArgumentException.With.Message.Contains("6 cannot be divided among 4"));

    [TestCase(2)]
    [TestCase(3)]
    public void Dates_of_a_location_come_together_each_once(int dates)
    {
        var catalog = SmallDataset.Patches(side: 3, dates: 4).Select(patch => patch.Info).ToArray();
        var samples = SampleSet.OfDates(catalog, Enumerable.Range(0, catalog.Length), dates);

        var drawn = new SampleOrder(samples, 9, seed: 5).Batches(0).Take(40).ToArray();

        Assert.That(samples.Count, Is.EqualTo(9));
        foreach (var sample in drawn.SelectMany(batch => batch.Chunk(dates)))
        {
            Assert.That(sample.Select(index => catalog[index].LocationId).Distinct().Count(), Is.EqualTo(1));
            Assert.That(sample, Is.Unique);
        }

        Assert.That(drawn.SelectMany(batch => batch).Distinct().Count(), Is.EqualTo(catalog.Length), "in time every date is drawn");
        Assert.That(drawn.Select(batch => batch.Length), Is.All.EqualTo(9 * dates));
    }

    [Test]
    public void Each_date_of_a_pair_comes_first_equally_often()
    {
        var catalog = SmallDataset.Patches(side: 1, dates: 2).Select(patch => patch.Info).ToArray();
        var order = new SampleOrder(SampleSet.OfDates(catalog, [0, 1], dates: 2), batchSize: 1, seed: 5);

        var earlierFirst = order.Batches(0).Take(400).Count(pair => catalog[pair[0]].Time < catalog[pair[1]].Time);

        // Binomial with standard deviation 10: five of them.
        Assert.That(earlierFirst, Is.InRange(150, 250));
    }

    [Test]
    public void Locations_with_too_few_dates_are_left_out_and_none_at_all_is_an_error()
    {
        PatchInfo[] catalog = [SmallDataset.Info(0, 0, 0), SmallDataset.Info(0, 1, 0), SmallDataset.Info(0, 1, 1)];

        Assert.That(SampleSet.OfDates(catalog, [0, 1, 2], 2).Count, Is.EqualTo(1));
        Assert.That(() => SampleSet.OfDates(catalog, [0, 1, 2], 3), Throws.InstanceOf<DatasetException>().With.Message.Contains("the most is 2"));
    }

    [Test]
    public void Two_processings_of_a_date_are_one_date_and_unknown_times_are_as_many_as_scenes()
    {
        PatchInfo[] twice = [SmallDataset.Info(0, 0, 0), SmallDataset.Info(0, 0, 0) with { SceneId = "scene-0-again" }];
        PatchInfo[] unknown = [.. twice.Select(info => info with { Time = DateTime.UnixEpoch })];

        var samples = SampleSet.OfDates(twice, [0, 1], 1);

        Assert.That(new SampleOrder(samples, 1, seed: 1).Batches(0).Take(9).SelectMany(batch => batch), Is.All.EqualTo(1), "the newer one");
        Assert.That(() => SampleSet.OfDates(twice, [0, 1], 2), Throws.InstanceOf<DatasetException>().With.Message.Contains("the most is 1"));
        Assert.That(SampleSet.OfDates(unknown, [0, 1], 2).Count, Is.EqualTo(1));
    }
}
