using System.Runtime.CompilerServices;
using SpectralEarth.Training;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

/// <summary>Finalizers run between steps and at no other time.</summary>
public sealed class FinalizerGateTests
{
    private static int finalized;

    [Test]
    public void Finalizers_run_when_drained_and_not_before()
    {
        FinalizerGate.Drain();
        var before = Volatile.Read(ref finalized);
        Lose();

        GC.Collect();
        Thread.Sleep(50);
        var waiting = Volatile.Read(ref finalized);
        FinalizerGate.Drain();

        Assert.That(waiting, Is.EqualTo(before), "The gate is closed.");
        Assert.That(Volatile.Read(ref finalized), Is.EqualTo(before + 1));
    }

    [Test]
    public void Who_waits_for_finalizers_is_not_kept_for_ever()
    {
        using var quiet = new ShortQuiet();

        var waiting = Task.Run(GC.WaitForPendingFinalizers);

        Assert.That(waiting.Wait(TimeSpan.FromSeconds(60)), Is.True);
    }

    [Test]
    public void Numbers_survive_collections_while_they_are_used()
    {
        using var isDone = new CancellationTokenSource();
        var collector = Task.Run(() =>
        {
            while (!isDone.IsCancellationRequested)
            {
                GC.Collect(0);
                Thread.Sleep(1);
            }
        });
        using var numbers = ones(4);

        for (var round = 0; round < 5; round++)
        {
            FinalizerGate.Drain();
            for (var step = 0; step < 1_000; step++)
                numbers.mul_(1);
        }

        isDone.Cancel();
        collector.Wait();
        Assert.That(numbers.data<float>().ToArray(), Is.All.EqualTo(1f));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Lose() => _ = new Mortal();

    private sealed class Mortal
    {
        ~Mortal() => Interlocked.Increment(ref finalized);
    }
}
