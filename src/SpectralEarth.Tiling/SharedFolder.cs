using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Distribution;
using SpectralEarth.Shards;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>
/// The output folder of a run of several ranks. A rank takes a scene by locking a file; the kernel releases the lock when
/// the rank ends in any way, and another rank takes the scene. Ranks exchange no messages after <see cref="Join"/>, so that
/// one that dies later leaves none waiting.
/// </summary>
internal sealed class SharedFolder : IDisposable
{
    private static readonly TimeSpan Lag = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private const string EndedEnding = ".ended";

    private readonly string path, job;
    private readonly int rank, size;
    private readonly FileLock held;

    private SharedFolder(string path, FileLock held, string job, IRankGroup ranks) =>
        (this.path, this.held, this.job, rank, size) = (path, held, job, ranks.Rank, ranks.Size);

    /// <summary>Folder of the units.</summary>
    public string Work => WorkFolder.WorkOf(path);

    /// <summary>Makes the folder and takes it for these ranks, which then leave their group. All of them call it.</summary>
    /// <param name="path">Folder of the data set.</param>
    /// <param name="options">Options by which the scenes are tiled.</param>
    /// <param name="ranks">The ranks.</param>
    /// <exception cref="OtherRankException">Rank 0, which says why, cannot make the folder.</exception>
    /// <exception cref="IOException">The folder cannot be written, others use it, or its locks do not hold between the ranks.</exception>
    public static SharedFolder Join(string path, IReadOnlyList<string> options, IRankGroup ranks)
    {
        WorkFolder? first = null;
        ranks.Together(() =>
        {
            if (ranks.Rank != 0)
                return;
            first = new WorkFolder(path, Tiler.Job);
            UnfinishedTiles.Note(first.Work, options);
        });
        var job = string.Create(CultureInfo.InvariantCulture, $"{ranks.OfFirst(DateTime.UtcNow.Ticks)} {ranks.OfFirst(Environment.ProcessId)}");
        var file = Path.Combine(WorkFolder.WorkOf(path), WorkFolder.LockName);
        long[] blind = [ranks.Rank == 0 || SeesLock(file) ? 0 : 1];
        ranks.Sum(blind);
        first?.Dispose();
        if (blind[0] > 0)
            throw new IOException($"{path}: {blind[0]} of {ranks.Size} ranks do not see rank 0's lock of {file}. Choose a folder that all nodes share, on a file system whose locks hold between them (NFS; Lustre mounted with flock).");
        ranks.Barrier();
        FileLock? held;
        try
        {
            held = FileLock.TryShare(file);
        }
        finally
        {
            // No rank may be done, and have the folder alone, before all share it.
            ranks.Barrier();
        }

        if (held is null)
            throw WorkFolder.InUse(path);
        // To leave is to wait for all ranks that live, and MPI_Finalize may take one that died for alive.
        ranks.Dispose();
        return new SharedFolder(path, held, job, ranks);
    }

    /// <summary>Takes a scene for this rank; null while another rank has it.</summary>
    public FileLock? TryClaim(string sceneId) => FileLock.TryTake(SceneUnits.PathOf(Work, sceneId) + ".claim");

    /// <summary>Tells all ranks that the scene of a path cannot be used.</summary>
    public void Reject(string scene, string reason) => AtomicFile.WriteText(RejectionOf(scene), $"{job}\n{reason}");

    /// <summary>Why a rank of this job rejected the scene of a path; null if none has.</summary>
    public string? Rejection(string scene)
    {
        var file = RejectionOf(scene);
        if (!File.Exists(file))
            return null;
        var text = File.ReadAllText(file);
        // An earlier job's rejection does not count: the scene may have been mended.
        return text.StartsWith(job + "\n", StringComparison.Ordinal) ? text[(job.Length + 1)..] : null;
    }

    /// <summary>
    /// Gives up this rank's share and waits until it has the folder alone, for which all ranks must have given up theirs;
    /// null if another rank has had it and removed the units, which it does when the data set is finished.
    /// </summary>
    /// <exception cref="IOException">The units are gone, but there is no data set.</exception>
    public WorkFolder? TakeAlone(CancellationToken cancel)
    {
        Dispose();
        for (var waited = Stopwatch.StartNew(); ; cancel.WaitHandle.WaitOne(Pause))
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                if (WorkFolder.TryTake(path) is { } folder)
                    return folder;
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                if (ManifestFile.Exists(path))
                    return null;
                // A network file system may show that the units are gone before it shows the finished data set.
                if (waited.Elapsed > Lag)
                    throw;
            }
        }
    }

    /// <summary>
    /// Ends the work of a rank that found nothing to make a data set of. The last one removes the units, in which the others look what
    /// became of the scenes; they wait for it, since the launcher ends all ranks when the first one ends.
    /// </summary>
    /// <param name="folder">The folder, which this rank has alone; given back.</param>
    /// <param name="cancel">Stops the waiting.</param>
    public void RemoveWork(WorkFolder folder, CancellationToken cancel)
    {
        AtomicFile.WriteText(Path.Combine(Work, $"{rank}{EndedEnding}"), job);
        if (Directory.GetFiles(Work, "*" + EndedEnding).Count(file => File.ReadAllText(file) == job) == size)
            folder.RemoveWork();
        folder.Dispose();
        for (var waited = Stopwatch.StartNew(); Directory.Exists(Work) && waited.Elapsed < Lag; cancel.WaitHandle.WaitOne(Pause))
            cancel.ThrowIfCancellationRequested();
    }

    /// <summary>Gives up this rank's share of the folder.</summary>
    public void Dispose() => held.Dispose();

    private string RejectionOf(string scene) => SceneUnits.PathOf(Work, scene) + ".rejected";

    /// <summary>True if another rank's lock keeps this one out.</summary>
    private static bool SeesLock(string file)
    {
        try
        {
            using var taken = FileLock.TryShare(file);
            return taken is null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not thrown, because the other ranks wait for this one; the caller reports it.
            return false;
        }
    }
}
