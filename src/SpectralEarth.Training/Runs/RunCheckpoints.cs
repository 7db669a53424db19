using Serilog;
using SpectralEarth.Checkpoints;
using SpectralEarth.Distribution;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Runs;

/// <summary>The checkpoints of a run: writes them beside the training, deletes old ones, goes on from the newest.</summary>
/// <param name="folder">Claimed run folder.</param>
/// <param name="trainee">What is trained.</param>
/// <param name="description">Stored with every checkpoint.</param>
/// <param name="recipe">Which ones are kept.</param>
/// <param name="dataFingerprint">Fingerprint of the data set.</param>
/// <param name="log">Receives what a person should know.</param>
/// <param name="ranks">Processes that train together: rank 0 writes and chooses, all read.</param>
internal sealed class RunCheckpoints(
    RunFolder folder, ITrainee trainee, ModelDescription description, TrainingRecipe recipe, string dataFingerprint, ILogger log,
    IRankGroup ranks) : IDisposable
{
    /// <summary>Shortest time that a step may wait for the checkpoint before: what it takes to write a small one.</summary>
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(1);

    private const string Remedy = "Copy a good one back, or delete the run folder to start again.";

    private (RunPosition Position, Task Writing)? pending;
    private bool overdue;

    /// <summary>Writes the files; disposed with this object.</summary>
    internal CheckpointWriter Writer { get; init; } = new();

    /// <summary>
    /// Goes on from the newest checkpoint that is whole; damaged ones are set aside by name, not deleted. Older ones than the
    /// recipe keeps now are deleted, so that lowering keep_checkpoints makes room for the next.
    /// </summary>
    /// <returns>Position of the run; null if it has not written a checkpoint yet.</returns>
    /// <exception cref="CheckpointException">The run has written checkpoints but there is none that can be used.</exception>
    public RunPosition? Newest()
    {
        var position = Read(NewestWhole);
        if (position is not null && ranks.Rank == 0)
            Prune(position);
        return position;
    }

    private long? NewestWhole()
    {
        var damaged = new List<(string File, string Reason)>();
        foreach (var (file, step) in folder.Checkpoints())
        {
            if (RunCheckpoint.Damage(file, step) is { } damage)
            {
                damaged.Add((file, damage.Message));
                continue;
            }

            foreach (var (newer, reason) in damaged)
            {
                File.Move(newer, newer + ".damaged", overwrite: true);
                log.Warning("Checkpoint set aside as {Aside}, going on from the one before: {Reason}", newer + ".damaged", reason);
            }

            return step;
        }

        // Nothing is renamed here, so that the same command fails again instead of beginning anew.
        if (damaged.Count > 0)
            throw new CheckpointException($"{folder.CheckpointsPath}: none of {damaged.Count} checkpoints can be used. The newest: {damaged[0].Reason} {Remedy}");
        return folder.HasHadCheckpoints
            ? throw new CheckpointException($"{folder.CheckpointsPath}: there is no checkpoint, but the run has written some. {Remedy}")
            : null;
    }

    /// <summary>Goes back to the newest checkpoint from before things went wrong; later ones are set aside by name.</summary>
    /// <param name="tried">
    /// Step of the checkpoint that the run returned to last, if it did: where none was written since, it leads astray again, and the one
    /// before is taken, if there is one.
    /// </param>
    /// <returns>Position of the run then; null if there is no such checkpoint.</returns>
    public RunPosition? NewestCalm(long? tried)
    {
        Collect(Timeout.InfiniteTimeSpan);
        return Read(() =>
        {
            var calm = from file in folder.Checkpoints()
                       where RunCheckpoint.Damage(file.Path, file.Step) is null && RunCheckpoint.Position(file.Path).Divergence.IsCalm
                       select (long?)file.Step;
            if (calm.FirstOrDefault() is not { } newest)
                return null;
            var chosen = newest == tried ? calm.Skip(1).FirstOrDefault(newest) : newest;
            foreach (var (newer, _) in folder.Checkpoints().TakeWhile(file => file.Step != chosen))
                File.Move(newer, newer + ".diverged", overwrite: true);
            return chosen;
        });
    }

    /// <summary>All ranks read the checkpoint of the step that rank 0 chooses.</summary>
    private RunPosition? Read(Func<long?> choose)
    {
        var step = ranks.OfFirst((ranks.Rank == 0 ? choose() : null) ?? -1);
        return step < 0 ? null : RunCheckpoint.Read(folder.CheckpointPath(step), trainee, dataFingerprint);
    }

    /// <summary>
    /// Begins to write a checkpoint if one is due, and tells the log what became of the last one. While the last one is
    /// still being written, a new one waits for it, but no longer than a step takes: it is then made some steps later. A
    /// milestone waits as long as it takes.
    /// </summary>
    /// <param name="isDue">Whether one is due at this step.</param>
    /// <param name="isMilestone">Whether one of this step would be kept for good.</param>
    /// <param name="position">Position of the run.</param>
    /// <param name="stepTime">Time that the step took.</param>
    public void Continue(bool isDue, bool isMilestone, Func<RunPosition> position, TimeSpan stepTime)
    {
        overdue |= isDue;
        var longest = stepTime > ShortWait ? stepTime : ShortWait;
        var isFree = Collect(!overdue ? TimeSpan.Zero : isDue && isMilestone ? Timeout.InfiniteTimeSpan : longest);
        if (!overdue)
            return;
        if (ranks.OfFirst(isFree ? 1 : 0) == 0)
        {
            if (isDue)
                log.Warning("The last checkpoint is still being written; the next one is made as soon as it is done. Raise checkpoint_every, or use a faster disk");
            return;
        }

        overdue = false;
        Begin(position());
    }

    /// <summary>True on all ranks if there is a checkpoint after <paramref name="step"/> steps; waits for the one that is being written.</summary>
    public bool IsSaved(long step)
    {
        Collect(Timeout.InfiniteTimeSpan);
        return ranks.OfFirst(File.Exists(folder.CheckpointPath(step)) ? 1 : 0) == 1;
    }

    /// <summary>Writes a checkpoint and waits for it.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(RunPosition position)
    {
        Collect(Timeout.InfiniteTimeSpan);
        Begin(position);
        if (pending is not var (_, writing))
            return;
        pending = null;
        try
        {
            writing.GetAwaiter().GetResult();
            Finish(position);
        }
        catch (IOException error)
        {
            var (newest, again) = folder.Checkpoints() is [var (_, step), ..] ? ($"the newest is that of step {step}", "goes on from there") : ("there is none before it", "begins anew");
            throw new IOException($"{folder.CheckpointPath(position.Step)}: the checkpoint could not be written, and {newest}. {error.Message.TrimEnd('.')}. Make room and give the same command again: it {again}.", error);
        }
    }

    /// <summary>Waits for the checkpoint that is being written.</summary>
    public void Dispose()
    {
        Collect(Timeout.InfiniteTimeSpan);
        Writer.Dispose();
    }

    private void Begin(RunPosition position)
    {
        using var scope = NewDisposeScope();
        var saved = description with { Provenance = description.Provenance with { Step = position.Step } };
        var writing = MemoryShortage.ExplainCheckpoint(() =>
        {
            var tensors = RunCheckpoint.Tensors(trainee);
            return ranks.Rank == 0 ? Writer.Begin(folder.CheckpointPath(position.Step), tensors, RunCheckpoint.Metadata(saved, position)) : null;
        });
        if (writing is not null)
            pending = (position, writing);
    }

    /// <summary>Takes note of a checkpoint that has been written.</summary>
    /// <returns>False if one is still being written after <paramref name="longest"/>.</returns>
    private bool Collect(TimeSpan longest)
    {
        if (pending is not var (position, writing))
            return true;
        if (!Writer.Wait(longest))
            return false;
        pending = null;
        try
        {
            writing.GetAwaiter().GetResult();
            Finish(position);
        }
        catch (IOException error)
        {
            log.Error("Checkpoint of step {Step} could not be written; training goes on, {Left:l}: {Reason}", position.Step,
                folder.Checkpoints().Count > 0 ? "the previous checkpoint is still valid" : "but there is no checkpoint yet, so all is lost if the run is killed now", error.Message);
        }

        return true;
    }

    private void Finish(RunPosition position)
    {
        folder.NoteCheckpoint(position.Step);
        Prune(position);
        log.Information("Checkpoint of step {Step} written", position.Step);
    }

    /// <summary>Deletes the checkpoints that need not be kept beside the newest.</summary>
    private void Prune(RunPosition newest)
    {
        if (newest.Divergence.IsCalm)           // one made in trouble must not displace those to return to
            folder.Prune(recipe.KeepCheckpoints, recipe.MilestoneEvery);
    }
}
