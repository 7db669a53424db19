using SpectralEarth.Shards;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>
/// A folder in which a data set is made: the finished parts, and the next state of the data set, which takes the place of
/// the present one when all of it is on disk.
/// </summary>
internal sealed class WorkFolder : IDisposable
{
    /// <summary>File in the folder of the units that is locked while a run uses it.</summary>
    public const string LockName = "lock";

    private const string NextName = "next";
    private const string JobName = "job";

    private readonly string path;
    private readonly FileLock held;

    /// <summary>Makes the folder, takes it for this process and completes what a killed one had all but finished.</summary>
    /// <param name="path">Folder of the data set.</param>
    /// <param name="job">What is made there, a verb of the program. What another one has finished there is not touched.</param>
    /// <exception cref="DatasetException">Another job began in the folder and was not finished.</exception>
    /// <exception cref="IOException">The folder cannot be written, or another process is working in it.</exception>
    public WorkFolder(string path, string job)
    {
        RequireNoOther(path, job);
        (this.path, Work) = (path, WorkOf(path));
        FileLock? taken;
        try
        {
            Directory.CreateDirectory(Work);
            taken = FileLock.TryTake(Path.Combine(Work, LockName));
            if (taken is not null)
                AtomicFile.WriteText(Path.Combine(Work, JobName), job);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: cannot be written. {e.Message}", e);
        }

        held = taken ?? throw InUse(path);
        CompleteNext();
    }

    /// <summary>Refuses a file, and a folder in which another job has begun and was not finished: it may hold days of work.</summary>
    /// <exception cref="DatasetException">Names the other job.</exception>
    public static void RequireNoOther(string path, string job)
    {
        if (File.Exists(path))
            throw new DatasetException($"{path}: is a file; expected a folder for the data set. Choose another path.");
        var file = Path.Combine(WorkOf(path), JobName);
        if (File.Exists(file) && File.ReadAllText(file) is var other && other != job)
            throw new DatasetException($"{path}: holds an unfinished run of '{other}'. Finish it with the command of then, choose another folder, or delete this one.");
    }

    private WorkFolder(string path, FileLock held)
    {
        (this.path, Work, this.held) = (path, WorkOf(path), held);
        CompleteNext();
    }

    /// <summary>Takes the folder of an unfinished run; null while others use it.</summary>
    /// <exception cref="FileNotFoundException">There is no such run.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such run.</exception>
    public static WorkFolder? TryTake(string path) =>
        FileLock.TryTakeExisting(Path.Combine(WorkOf(path), LockName)) is { } held ? new WorkFolder(path, held) : null;

    /// <summary>Folder of the units of a run.</summary>
    public static string WorkOf(string path) => Path.Combine(path, ManifestFile.WorkFolder);

    /// <summary>Says that the folder is taken.</summary>
    public static IOException InUse(string path) =>
        new($"{path}: another process is working in it. Wait for its end, or choose another folder.");

    /// <summary>Folder of the units.</summary>
    public string Work { get; }

    private string Next => Path.Combine(Work, NextName);

    /// <summary>True if a process was killed after the next state of the data set was complete and before it was in place.</summary>
    public static bool IsNextComplete(string path) =>
        File.Exists(Path.Combine(WorkOf(path), NextName, ManifestFile.FileName));

    /// <summary>An empty folder for the next state of the data set.</summary>
    public string BeginNext()
    {
        if (Directory.Exists(Next))
            Directory.Delete(Next, recursive: true);
        Directory.CreateDirectory(Next);
        return Next;
    }

    private void CompleteNext()
    {
        if (IsNextComplete(path))
            Publish();
    }

    /// <summary>Puts the next state in place of the present one. Killed anywhere, it goes on at the next start.</summary>
    public void Publish()
    {
        // From here to the last line the folder holds no readable data set.
        File.Delete(Path.Combine(path, ManifestFile.FileName));
        var (shards, nextShards) = (Path.Combine(path, Dataset.ShardFolder), Path.Combine(Next, Dataset.ShardFolder));
        if (Directory.Exists(nextShards))
        {
            if (Directory.Exists(shards))
                Directory.Delete(shards, recursive: true);
            Directory.Move(nextShards, shards);
        }

        foreach (var file in Directory.GetFiles(Next).OrderBy(file => Path.GetFileName(file) == ManifestFile.FileName))
            File.Move(file, Path.Combine(path, Path.GetFileName(file)), overwrite: true);
        Directory.Delete(Next);
    }

    /// <summary>Removes the units and gives the folder back.</summary>
    public void RemoveWork()
    {
        var lockFile = Path.Combine(Work, LockName);
        try
        {
            foreach (var unit in Directory.GetDirectories(Work))
                Directory.Delete(unit, recursive: true);
            foreach (var file in Directory.GetFiles(Work).Where(file => file != lockFile))
                File.Delete(file);
            held.Dispose();
            File.Delete(lockFile);
            Directory.Delete(Work);
        }
        catch (DirectoryNotFoundException) when (!Directory.Exists(Work))
        {
            // Another rank removed the folder: it gives up the lock before it deletes the lock's file, and this one took it in between.
            held.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => held.Dispose();
}
