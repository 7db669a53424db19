using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Shards;

public sealed class PatchLoaderTests
{
    private TemporaryFolder folder = null!;
    private Dataset dataset = null!;

    [OneTimeSetUp]
    public void WriteDataset()
    {
        folder = new TemporaryFolder();
        dataset = TestDataset.Write(folder.Path, SmallDataset.Labelled, SmallDataset.Patches(labels: true));
    }

    [OneTimeTearDown]
    public void DeleteDataset() => folder.Dispose();

    [TestCase(1, 1)]
    [TestCase(3, 2)]
    [TestCase(8, 5)]
    public void Batches_come_in_order_whatever_the_number_of_threads(int threads, int prefetch)
    {
        var order = new SampleOrder(SampleSet.OfPatches(Enumerable.Range(0, 18)), 4, seed: 2).Batches(0).Take(12).ToArray();
        using var loader = new PatchLoader(dataset, order, threads, prefetch);

        foreach (var indices in order)
        {
            using var batch = loader.Next()!;
            Assert.That(batch.Indices, Is.EqualTo(indices));
            AssertHolds(batch);
        }

        Assert.That(loader.Next(), Is.Null);
        Assert.That(loader.Next(), Is.Null);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void Dates_that_are_read_together_are_those_that_are_read_alone(int dates)
    {
        using var many = new TemporaryFolder();
        var series = TestDataset.Write(many.Path, SmallDataset.Labelled, SmallDataset.Patches(side: 2, dates: 4, labels: true));
        var samples = SampleSet.OfDates(series.Catalog, Enumerable.Range(0, series.Catalog.Count), dates);
        using var loader = new PatchLoader(series, new SampleOrder(samples, 3, seed: 1).Batches(0).Take(10), threads: 2, patchesPerSample: dates);

        while (loader.Next() is { } batch)
        {
            for (var number = 0; number < batch.Indices.Length; number++)
            {
                var alone = series.Read(batch.Indices[number]);
                Assert.That(batch.Pixels.Chunk(alone.Pixels.Length).ElementAt(number), Is.EqualTo(alone.Pixels));
                Assert.That(batch.Validity.Chunk(alone.Validity.Length).ElementAt(number), Is.EqualTo(alone.Validity));
                Assert.That(batch.Labels!.Chunk(alone.Labels!.Length).ElementAt(number), Is.EqualTo(alone.Labels));
            }
        }
    }

    [Test]
    public void A_batch_that_cannot_be_cut_into_samples_is_refused()
    {
        using var loader = new PatchLoader(dataset, [[0, 1, 2]], patchesPerSample: 2);

        Assert.That(() => loader.Next(), Throws.ArgumentException.With.Message.Contains("3 patches cannot be cut"));
    }

    [Test]
    public void A_batch_that_is_not_disposed_keeps_its_memory()
    {
        using var loader = new PatchLoader(dataset, Enumerable.Range(0, 18).Select(index => new[] { index }));
        var batches = new List<PatchBatch>();

        while (loader.Next() is { } batch)
            batches.Add(batch);

        batches.ForEach(AssertHolds);
    }

    [Test]
    public void An_endless_order_is_read_only_as_far_as_prefetch_allows()
    {
        var drawn = 0;
        IEnumerable<int[]> Endless()
        {
            while (true)
            {
                Interlocked.Increment(ref drawn);
                yield return [0, 1];
            }
        }

        using var loader = new PatchLoader(dataset, Endless(), threads: 4, prefetch: 3);
        for (var step = 0; step < 10; step++)
            loader.Next()!.Dispose();

        // 10 batches taken, 3 being read, 64 patches announced.
        Assert.That(Volatile.Read(ref drawn), Is.InRange(10, 10 + 3 + 32));
    }

    [Test]
    public void A_patch_that_cannot_be_read_fails_its_batch_and_no_other()
    {
        using var loader = new PatchLoader(dataset, [[0, 1], [2, 999, 3], [4]]);

        using var before = loader.Next();
        Assert.Throws<IndexOutOfRangeException>(() => loader.Next());
        using var after = loader.Next();

        Assert.That(before!.Indices, Is.EqualTo(new[] { 0, 1 }));
        Assert.That(after!.Indices, Is.EqualTo(new[] { 4 }));
    }

    [Test]
    public void A_damaged_shard_reaches_the_consumer_as_its_own_exception()
    {
        using var copy = new TemporaryFolder();
        var damaged = TestDataset.Write(copy.Path, SmallDataset.Manifest, SmallDataset.Patches());
        var shard = copy.File("shards/shard-00000.parquet");
        var bytes = File.ReadAllBytes(shard);
        bytes[damaged.Catalog[0].Bytes.Pixels + 40] ^= 1;
        File.WriteAllBytes(shard, bytes);

        using var loader = new PatchLoader(Dataset.Open(copy.Path), [[0]]);

        Assert.That(Assert.Throws<DatasetException>(() => loader.Next())!.Message, Does.Contain(damaged.Catalog[0].LocationId));
    }

    [Test]
    public void An_order_that_fails_is_delivered_after_the_batches_before_it()
    {
        static IEnumerable<int[]> Failing()
        {
            yield return [1];
            throw new InvalidOperationException("no more");
        }

        using var loader = new PatchLoader(dataset, Failing());

        using var batch = loader.Next();
        Assert.Throws<InvalidOperationException>(() => loader.Next());
        Assert.That(loader.Next(), Is.Null);
    }

    [Test]
    public void Waiting_can_be_cancelled_and_taken_up_again()
    {
        using var release = new ManualResetEventSlim();
        IEnumerable<int[]> Held()
        {
            release.Wait();
            yield return [3];
        }

        using var loader = new PatchLoader(dataset, Held(), threads: 1);
        using var cancel = new CancellationTokenSource(50);

        try
        {
            Assert.Throws<OperationCanceledException>(() => loader.Next(cancel.Token));
        }
        finally
        {
            release.Set();
        }

        using var batch = loader.Next();
        Assert.That(batch!.Indices, Is.EqualTo(new[] { 3 }));
    }

    [Test]
    public void Disposing_in_the_middle_stops_all_threads()
    {
        var loader = new PatchLoader(dataset, new SampleOrder(SampleSet.OfPatches([0, 1, 2]), 2, seed: 1).Batches(0), threads: 3);
        loader.Next()!.Dispose();

        loader.Dispose();
        loader.Dispose();

        Assert.Throws<ObjectDisposedException>(() => loader.Next());
    }

    private void AssertHolds(PatchBatch batch)
    {
        for (var sample = 0; sample < batch.Indices.Length; sample++)
        {
            var expected = dataset.Read(batch.Indices[sample]);
            Assert.That(batch.Pixels.AsSpan(sample * expected.Pixels.Length, expected.Pixels.Length).SequenceEqual(expected.Pixels), Is.True);
            Assert.That(batch.Validity.AsSpan(sample * 256, 256).SequenceEqual(expected.Validity), Is.True);
            Assert.That(batch.Labels.AsSpan(sample * 256, 256).SequenceEqual(expected.Labels), Is.True);
        }
    }
}
