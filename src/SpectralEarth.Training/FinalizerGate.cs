using System.Runtime.CompilerServices;

namespace SpectralEarth.Training;

/// <summary>
/// Keeps finalizers from running while libtorch works. TorchSharp 0.107 hands libtorch the address of a <c>Scalar</c>, such as
/// the 2 of <c>x * 2</c>, without keeping the object alive: on a busy machine a collection between the two calls freed the
/// number before it was read (a crash, or another number). So the finalizer thread is kept waiting, in a finalizer of ours,
/// and let go between steps, when this thread calls no function of libtorch, or when there was no collection for seconds, so that
/// no call can still need what is due.
/// </summary>
/// <remarks>A process ends on the finalizer thread: call <see cref="OpenForGood"/> before, or its end waits for those seconds.</remarks>
public static class FinalizerGate
{
    private const long PauseMs = 250;

    private static readonly Lock Passing = new();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static Gate? closed;
    private static bool isOver;
    private static long lastMs;

    /// <summary>Time without a collection after which nothing that is due can still be needed; tests that wait for it shorten it.</summary>
    internal static TimeSpan Quiet { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Lets due finalizers run if a quarter of a second has passed since the last time. Call it between steps or batches,
    /// from the beginning on: the first call closes the gate.
    /// </summary>
    public static void Pass()
    {
        if (Environment.TickCount64 - Volatile.Read(ref lastMs) >= PauseMs)
            Drain();
    }

    /// <summary>Lets due finalizers run; returns when they have run. <see cref="GC.WaitForPendingFinalizers"/> alone would wait until no collection has happened for seconds.</summary>
    public static void Drain()
    {
        lock (Passing)
        {
            if (isOver)
                return;
            closed?.Open.Set();
            GC.WaitForPendingFinalizers();
            var next = new Gate();
            LoseGuard(next);
            GC.Collect(0);
            while (!next.IsReached.Wait(Patience))
                GC.Collect();
            closed?.Dispose();
            closed = next;
            Volatile.Write(ref lastMs, Environment.TickCount64);
        }
    }

    /// <summary>Lets finalizers run from now on; for the end of a program.</summary>
    public static void OpenForGood()
    {
        lock (Passing)
        {
            isOver = true;
            closed?.Open.Set();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LoseGuard(Gate gate) => _ = new Guard(gate);

    private sealed class Gate : IDisposable
    {
        public ManualResetEventSlim IsReached { get; } = new();

        public ManualResetEventSlim Open { get; } = new();

        public void Dispose()
        {
            IsReached.Dispose();
            Open.Dispose();
        }
    }

    private sealed class Guard(Gate gate)
    {
        ~Guard()
        {
            gate.IsReached.Set();
            // TorchSharp collects and waits for finalizers where memory runs out. Nothing that is due has then died lately.
            for (var collections = -1; !gate.Open.Wait(Quiet);)
            {
                if (collections == (collections = GC.CollectionCount(0)))
                    return;
            }
        }
    }
}
