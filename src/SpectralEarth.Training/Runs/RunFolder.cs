using System.Globalization;
using SpectralEarth.Checkpoints;
using SpectralEarth.Shards;
using SpectralEarth.Storage;

namespace SpectralEarth.Training.Runs;

/// <summary>The folder of one run, claimed by one process at a time; other ranks of its job visit it.</summary>
public sealed class RunFolder : IDisposable
{
    private const string InfoName = "run.yaml";

    private readonly FileLock? claim;

    private RunFolder(string path, FileLock? claim) => (Path, this.claim) = (path, claim);

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>The resolved recipe.</summary>
    public string RecipePath => In("recipe.yaml");

    /// <summary>Data, program, seed and starts of the run.</summary>
    public string InfoPath => In(InfoName);

    /// <summary>One row per logged step.</summary>
    public string MetricsPath => In("metrics.csv");

    /// <summary>One row for each return to a checkpoint; absent if there was none.</summary>
    public string ReturnsPath => In("returns.csv");

    /// <summary>Page with curves and pictures.</summary>
    public string ReportPath => In("report.html");

    /// <summary>Folder of TensorBoard event files.</summary>
    public string TensorBoardPath => In("tensorboard");

    /// <summary>Folder in which the ranks of a job watch each other; empty when the run folder has been claimed.</summary>
    public string RanksPath => In(".ranks");

    /// <summary>Folder of checkpoints.</summary>
    public string CheckpointsPath => In(CheckpointFile.Folder);

    /// <summary>Step of the run's first checkpoint; absent until that has been written.</summary>
    private string FirstCheckpointPath => In("first_checkpoint.txt");

    /// <summary>True if the run has written checkpoints, whatever became of them.</summary>
    public bool HasHadCheckpoints => File.Exists(FirstCheckpointPath) || Directory.EnumerateFiles(CheckpointsPath, "step-*").Any();

    /// <summary>Makes the folder and its subfolders where they are missing, and claims it until disposed.</summary>
    /// <exception cref="IOException">Another process holds the folder, it holds a data set, or it cannot be written to.</exception>
    public static RunFolder Claim(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        RequireNoDataset(path);
        var folder = new RunFolder(path, Lock(path)
            ?? throw new IOException($"{path}: another process is working in this run folder. Wait for it to end, stop it, or choose another --out."));
        Directory.CreateDirectory(folder.TensorBoardPath);
        Directory.CreateDirectory(folder.CheckpointsPath);
        if (Directory.Exists(folder.RanksPath))
            Directory.Delete(folder.RanksPath, recursive: true);
        Directory.CreateDirectory(folder.RanksPath);
        foreach (var leftover in Directory.GetFiles(folder.CheckpointsPath, "*" + AtomicFile.TemporarySuffix))
            File.Delete(leftover);
        return folder;
    }

    /// <summary>Checks that a run was begun in a folder, for who wants to go on with one and begin none.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static void RequireRun(string path)
    {
        var info = System.IO.Path.Combine(path, InfoName);
        if (!File.Exists(info))
            throw new FileNotFoundException($"{info}: not found, so there is no run to resume in {path}. Leave out --resume to begin one, or name its folder by --out.", info);
    }

    /// <summary>Refuses a folder whose files loose results would replace: that of a run, or of a data set.</summary>
    /// <exception cref="IOException">It is one.</exception>
    public static void RequireForeign(string path)
    {
        RequireNoDataset(path);
        if (File.Exists(System.IO.Path.Combine(path, InfoName)))
            throw new IOException($"{path}: this is the folder of a run, whose scores and report would be replaced. Choose another --out.");
    }

    /// <summary>The folder that rank 0 of the same job has claimed.</summary>
    public static RunFolder Visit(string path) => new(System.IO.Path.GetFullPath(path), claim: null);

    /// <summary>File of the checkpoint after <paramref name="step"/> steps.</summary>
    public string CheckpointPath(long step) => CheckpointFile.PathOfStep(Path, step);

    /// <summary>All step checkpoints, newest first.</summary>
    public IReadOnlyList<(string Path, long Step)> Checkpoints() => [.. CheckpointFile.Steps(Path)];

    /// <summary>Takes note of a checkpoint that has been written, so that a run that loses its checkpoints is not taken for a new one.</summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public void NoteCheckpoint(long step)
    {
        if (!File.Exists(FirstCheckpointPath))
            AtomicFile.WriteText(FirstCheckpointPath, string.Create(CultureInfo.InvariantCulture, $"{step}\n"));
    }

    /// <summary>Deletes all but the newest <paramref name="keep"/> step checkpoints and the milestones.</summary>
    /// <param name="keep">How many of the newest stay.</param>
    /// <param name="milestoneEvery">Checkpoints of multiples of this step stay; null: none.</param>
    public void Prune(int keep, long? milestoneEvery)
    {
        foreach (var (old, step) in Checkpoints().Skip(keep))
        {
            if (milestoneEvery is not { } every || step % every != 0)
                File.Delete(old);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => claim?.Dispose();

    /// <summary>Takes the lock of a folder, which is made where it is missing; null if another process holds it.</summary>
    private static FileLock? Lock(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            return FileLock.TryTake(System.IO.Path.Combine(path, ".lock"));
        }
        catch (IOException error)
        {
            throw new IOException($"{path}: a run needs a folder to write to, but this cannot be one. {error.Message.TrimEnd('.')}. Mend that, or choose another --out.", error);
        }
    }

    private static void RequireNoDataset(string path)
    {
        if (ManifestFile.Exists(path))
            throw new IOException($"{path}: this is the folder of a data set. Choose another --out.");
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
