using System.Runtime.InteropServices;
using SpectralEarth.Storage;

namespace SpectralEarth.Distribution;

/// <summary>
/// Notices that another rank has ended, which MPI does not tell: a collective operation then waits for ever. Each rank holds a
/// lock on a file, which the kernel releases however the rank ends, and a thread that tries the lock of the next rank and
/// looks for a note that a rank has failed. A rank that learns of it says so and ends its process at once.
/// </summary>
public sealed partial class RankWatch : IDisposable
{
    /// <summary>mpirun leaves the other ranks about a second when one has died.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    private const int FailedExitCode = 1;

    private readonly IRankGroup ranks;
    private readonly string folder;
    private readonly Action<string> tell;
    private readonly FileLock own;
    private readonly Thread thread;
    private readonly ManualResetEventSlim stop = new();
    private bool completed;

    private RankWatch(IRankGroup ranks, string folder, Action<string> tell)
    {
        (this.ranks, this.folder, this.tell) = (ranks, folder, tell);
        own = FileLock.TryTake(LockOf(ranks.Rank))
            ?? throw new DistributionException($"{LockOf(ranks.Rank)}: another process holds the lock of rank {ranks.Rank}. End the job that uses this run folder.");
        AtomicFile.WriteText(NameOf(ranks.Rank), $"{Environment.MachineName}, process {Environment.ProcessId}");
        ranks.Barrier();
        if (ranks.Any(!IsAlive(Next)))
            throw new DistributionException($"{folder}: the ranks do not see each other's locks. Choose a run folder that all nodes share, on a file system whose locks hold between them (NFS; Lustre mounted with flock).");
        ranks.Barrier();
        thread = new Thread(Watch) { IsBackground = true, Name = "rank-watch" };
        thread.Start();
    }

    /// <summary>Begins to watch; all ranks call it.</summary>
    /// <param name="ranks">The ranks; stay their owner's.</param>
    /// <param name="folder">Existing folder that all ranks share, empty but for what this class writes.</param>
    /// <param name="tell">Given the message if a rank has ended; the process ends right after.</param>
    /// <returns>Null where there is only one rank.</returns>
    /// <exception cref="DistributionException">Locks do not hold between the ranks.</exception>
    public static RankWatch? Begin(IRankGroup ranks, string folder, Action<string> tell) =>
        ranks.Size > 1 ? new RankWatch(ranks, folder, tell) : null;

    /// <summary>Ends watching once all ranks have come here: none is missed from now on.</summary>
    public void Complete()
    {
        ranks.Barrier();
        Stop();
        ranks.Barrier();
        completed = true;
    }

    /// <summary>Ends watching. Without <see cref="Complete"/> this rank has failed: the others are told, and it waits for none.</summary>
    public void Dispose()
    {
        if (!completed)
        {
            Stop();
            ranks.Abandon();
            Note($"{Describe(ranks.Rank)} failed; its own message says why.");
        }

        own.Dispose();
        stop.Dispose();
    }

    private int Next => (ranks.Rank + 1) % ranks.Size;

    private string FailurePath => Path.Combine(folder, "failure");

    private void Watch()
    {
        while (!stop.Wait(Period))
        {
            if (Failure() is not { } reason)
                continue;
            tell($"{reason} Rank {ranks.Rank} ends, as all others do; the same command, with this or another number of ranks, goes on from the last checkpoint.");
            ExitAtOnce(FailedExitCode);         // the main thread may wait in MPI, which nothing can interrupt
        }
    }

    /// <summary>Why a rank has ended; null if all live.</summary>
    private string? Failure()
    {
        try
        {
            if (File.Exists(FailurePath))
                return File.ReadAllText(FailurePath);
            return IsAlive(Next) ? null : Note($"{Describe(Next)} ended without a word: it was killed, or its machine failed.");
        }
        catch (IOException)
        {
            return null;                        // a network file system may be away for a moment: asked again soon
        }
    }

    private string Note(string reason)
    {
        try
        {
            AtomicFile.WriteText(FailurePath, reason);
        }
        catch (IOException)
        {
            // A full disk may be what made a rank fail. Without the note each rank notices the one after it, in turn.
        }

        return reason;
    }

    private string Describe(int rank) => $"Rank {rank} of {ranks.Size} ({File.ReadAllText(NameOf(rank))})";

    private void Stop()
    {
        stop.Set();
        thread.Join();
    }

    /// <summary>True while the rank holds its lock.</summary>
    private bool IsAlive(int rank)
    {
        using var taken = FileLock.TryTakeExisting(LockOf(rank));
        return taken is null;
    }

    private string LockOf(int rank) => Path.Combine(folder, $"rank-{rank}.lock");

    private string NameOf(int rank) => Path.Combine(folder, $"rank-{rank}");

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitAtOnce(int status);
}
