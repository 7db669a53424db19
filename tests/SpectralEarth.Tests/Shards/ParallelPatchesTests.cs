using SpectralEarth.Shards;

namespace SpectralEarth.Tests.Shards;

public sealed class ParallelPatchesTests
{
    [TestCase(1)]
    [TestCase(3)]
    public void Each_number_comes_once_on_no_more_threads_than_wanted(int threads)
    {
        var (running, most, seen) = (0, 0, new int[40]);

        ParallelPatches.For(seen.Length, number =>
        {
            var now = Interlocked.Increment(ref running);
            lock (seen)
                most = Math.Max(most, now);
            Thread.Sleep(2);
            Interlocked.Increment(ref seen[number]);
            Interlocked.Decrement(ref running);
        }, CancellationToken.None, threads);

        Assert.That(seen, Is.All.EqualTo(1));
        Assert.That(most, Is.LessThanOrEqualTo(threads));
    }

    [Test]
    public void The_first_failure_is_thrown_as_it_is() =>
        Assert.That(() => ParallelPatches.For(10, number => throw new TimeoutException($"number {number}"), CancellationToken.None, threads: 2), Throws.TypeOf<TimeoutException>());
}
