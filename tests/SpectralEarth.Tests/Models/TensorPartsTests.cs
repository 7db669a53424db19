using System.Collections.Concurrent;
using SpectralEarth.Models;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

[NonParallelizable]
public sealed class TensorPartsTests
{
    private int threads;

    [SetUp]
    public void TakeThreads()
    {
        threads = get_num_threads();
        set_num_threads(4);
    }

    [TearDown]
    public void GiveThreadsBack() => set_num_threads(threads);

    [Test]
    public void Every_part_is_done_once_by_its_share_of_the_threads([Values(0, 1, 2, 3, 9)] int parts)
    {
        var done = new ConcurrentBag<(int Part, int Threads)>();

        TensorParts.Run(parts, part => done.Add((part, get_num_threads())));

        Assert.That(done.Select(one => one.Part).Order(), Is.EqualTo(Enumerable.Range(0, parts)));
        Assert.That(done.Select(one => one.Threads), Is.All.EqualTo(parts switch { 1 => 4, 2 => 2, _ => 1 }));
        Assert.That(get_num_threads(), Is.EqualTo(4));
    }

    [Test]
    public void The_failure_of_a_part_is_thrown_as_it_is_and_the_threads_are_as_before()
    {
        Assert.That(() => TensorParts.Run(3, part => throw new TimeoutException($"part {part}")), Throws.TypeOf<TimeoutException>());
        Assert.That(get_num_threads(), Is.EqualTo(4));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Parts_are_in_inference_mode_where_the_caller_is(bool inferring)
    {
        using var mode = inferring ? inference_mode() : null;
        using var scope = NewDisposeScope();
        var result = zeros(8);
        using var together = new Barrier(4);        // no part ends before four threads have one

        TensorParts.Run(4, part =>
        {
            together.SignalAndWait(TimeSpan.FromSeconds(60));
            using var own = NewDisposeScope();
            result.narrow(0, 2 * part, 2).copy_(full(2, part));
            Assert.That(is_inference_mode_enabled(), Is.EqualTo(inferring));
        });

        Assert.That(result.data<float>().ToArray(), Is.EqualTo(new[] { 0, 0, 1, 1, 2, 2, 3, 3 }));
    }
}
