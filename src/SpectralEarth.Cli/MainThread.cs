using System.Collections.Concurrent;

namespace SpectralEarth.Cli;

/// <summary>
/// Runs verbs on the process's first thread. On Linux glibc serves that one from the heap, which keeps what is freed for the next training step;
/// the other threads' arenas have no room for blocks above 64 MB, which are then mapped from the kernel page by page each time.
/// </summary>
internal sealed class MainThread : TaskScheduler
{
    private static readonly MainThread Scheduler = new();

    private readonly BlockingCollection<Task> waiting = [];

    private MainThread()
    {
    }

    /// <summary>Runs a program beside this thread, which is the first, and on this thread what the program gives to <see cref="Run"/>.</summary>
    /// <returns>What the program returns.</returns>
    public static int Serve(Func<Task<int>> program)
    {
        var running = Task.Run(program);
        _ = running.ContinueWith(_ => Scheduler.waiting.CompleteAdding(), Default);
        foreach (var work in Scheduler.waiting.GetConsumingEnumerable())
            _ = Scheduler.TryExecuteTask(work);
        return running.GetAwaiter().GetResult();
    }

    /// <summary>Runs something on the first thread, as <see cref="Task.Run{TResult}(Func{TResult})"/> does on another.</summary>
    public static Task<int> Run(Func<int> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.HideScheduler | TaskCreationOptions.DenyChildAttach, Scheduler);

    /// <inheritdoc/>
    protected override void QueueTask(Task task) => waiting.Add(task);

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks() => waiting;
}
