using System.Diagnostics;
using Serilog;
using SpectralEarth.Checkpoints;
using SpectralEarth.Distribution;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;

namespace SpectralEarth.Training.Runs;

/// <summary>
/// Runs the steps of a trainee in a run folder: order of samples, reading ahead, metrics, checkpoints, resuming. A run that
/// was stopped at any moment ends with the same weights as an uninterrupted one (bit for bit on the CPU with equally many
/// threads).
/// </summary>
/// <param name="folder">Claimed run folder.</param>
/// <param name="dataset">Data set.</param>
/// <param name="samples">What an epoch goes through.</param>
/// <param name="trainee">What is trained; stays its owner's.</param>
/// <param name="description">Stored with every checkpoint.</param>
/// <param name="recipe">How long and how often.</param>
/// <param name="log">Receives what a person should know.</param>
/// <param name="ranks">Processes that train together; null for this one alone. Rank 0 writes, all read.</param>
public sealed class TrainingLoop(
    RunFolder folder, Dataset dataset, SampleSet samples, ITrainee trainee, ModelDescription description, TrainingRecipe recipe, ILogger log,
    IRankGroup? ranks = null)
{
    private const string Advice = "Lower optimizer.learning_rate or set optimizer.clip_gradients, and start a new run";

    private readonly IRankGroup ranks = ranks ?? new SingleRank();
    private readonly DivergenceGuard guard = new(recipe);
    private readonly long totalSteps = recipe.TotalSteps(samples.Count);

    /// <summary>Steps done.</summary>
    public long StepsDone { get; private set; }

    /// <summary>True if the run was told to stop before its end.</summary>
    public bool IsStopped { get; private set; }

    private bool IsFinished => StepsDone >= totalSteps || trainee.IsDone;

    /// <summary>Goes on from the newest checkpoint that is whole; damaged ones are set aside by name, not deleted.</summary>
    /// <exception cref="CheckpointException">There are checkpoints but none that can be used.</exception>
    public void Resume()
    {
        using var checkpoints = OpenCheckpoints();
        if (checkpoints.Newest() is not { } position)
            return;
        GoOnFrom(position);
        log.Information("Resuming after step {Step} of {TotalSteps}", StepsDone, totalSteps);
    }

    /// <summary>
    /// Trains, yielding each step's report, until all steps are done or <paramref name="cancel"/> is cancelled; either way
    /// the last step ends in a checkpoint. Enumerate it on one thread.
    /// </summary>
    /// <remarks>After a return to a checkpoint, reports of steps come again.</remarks>
    /// <exception cref="DivergenceException">The run went wrong and cannot return to a checkpoint once more.</exception>
    /// <exception cref="InsufficientMemoryException">A step needs more memory than there is.</exception>
    /// <exception cref="DatasetException">A patch cannot be read.</exception>
    /// <exception cref="IOException">The last checkpoint cannot be written.</exception>
    public IEnumerable<StepReport> Steps(CancellationToken cancel)
    {
        var rates = recipe.LearningRates(samples.Count);
        foreach (var idle in IsFinished ? [] : rates.Unreached().Concat(rates.Unused()))
            log.Warning("{Idle:l}", idle);
        using var checkpoints = OpenCheckpoints();
        while (!IsFinished && !IsStopped)
        {
            foreach (var report in Stretch(checkpoints, cancel))
                yield return report;
        }

        if (!checkpoints.IsSaved(StepsDone))
            checkpoints.Save(Position());
    }

    /// <summary>Steps until the end, a cancellation or a return to a checkpoint.</summary>
    private IEnumerable<StepReport> Stretch(RunCheckpoints checkpoints, CancellationToken cancel)
    {
        using var metrics = ranks.Rank == 0 ? new RunMetrics(folder, StepsDone, totalSteps, recipe.LogEvery, log) : null;
        using var loader = new PatchLoader(dataset, Parts(), recipe.LoaderThreads, patchesPerSample: samples.PatchesPerSample);
        while (!IsFinished && !Stops(cancel))
        {
            FinalizerGate.Pass();
            var start = Stopwatch.GetTimestamp();
            if (Step(loader, cancel) is not { } report)
                continue;
            metrics?.Record(report);
            if (!report.IsFinite)
                log.Warning("Step {Step} skipped: loss {Loss}, gradient norm {GradientNorm}", report.Step, report.Loss, report.GradientNorm);
            if (guard.Judge(report) is { } reason)
            {
                Return(checkpoints, report, reason);
                yield break;
            }

            // A checkpoint is one to return to: none is made while the loss is suspicious.
            var isDue = recipe.IsCheckpointDue(StepsDone) && !IsFinished && guard.State.IsCalm;
            checkpoints.Continue(isDue, recipe.IsMilestone(StepsDone), Position, Stopwatch.GetElapsedTime(start));
            yield return report;
        }
    }

    private RunCheckpoints OpenCheckpoints() => new(folder, trainee, description, recipe, dataset.Manifest.Fingerprint, log, ranks);

    /// <summary>Whether to stop before the next step: all ranks if any is told to.</summary>
    private bool Stops(CancellationToken cancel) => IsStopped = ranks.Any(cancel.IsCancellationRequested);

    private IEnumerable<int[]> Parts() => new SampleOrder(samples, recipe.PartSize, recipe.Seed, recipe.ShuffleWindow)
        .Batches((StepsDone + guard.State.SkippedSteps) * recipe.Accumulate, ranks.Rank, ranks.Size);

    /// <summary>The next step, or null if cancelled while waiting for its data (never with several ranks: all must do the step).</summary>
    private StepReport? Step(PatchLoader loader, CancellationToken cancel)
    {
        var start = Stopwatch.GetTimestamp();
        var waiting = ranks.Size == 1 ? cancel : CancellationToken.None;
        var parts = new List<PatchBatch>();
        try
        {
            while (parts.Count < recipe.Accumulate)
            {
                if (Next(loader, waiting) is not { } part)
                    return null;
                part.FirstSample = (parts.Count * recipe.PartSize) + (ranks.Rank * recipe.PartSize / ranks.Size);
                parts.Add(part);
            }

            var waited = Stopwatch.GetElapsedTime(start);
            var report = MemoryShortage.Explain(() => trainee.Train(StepsDone, parts), recipe);
            StepsDone++;
            var spent = Stopwatch.GetElapsedTime(start);
            var rate = trainee.Cost?.Operations / ranks.Size / spent.TotalSeconds ?? 0;
            return report with
            {
                GigaflopsPerSecond = rate / 1e9,
                PeakShare = trainee.Cost?.PeakShare(rate) ?? 0,
                PatchesPerSecond = recipe.BatchSize * samples.PatchesPerSample / spent.TotalSeconds,
                DataWaitShare = waited / spent,
                ResidentBytes = Environment.WorkingSet,
            };
        }
        finally
        {
            parts.ForEach(part => part.Dispose());
        }
    }

    private static PatchBatch? Next(PatchLoader loader, CancellationToken cancel)
    {
        try
        {
            return loader.Next(cancel) ?? throw new InvalidOperationException("The endless order of samples ended.");
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Goes back to the last good checkpoint and leaves out the batches since: they led astray.</summary>
    private void Return(RunCheckpoints checkpoints, StepReport report, string reason)
    {
        var seen = guard.State;
        if (seen.Returns >= recipe.MaxReturns)
            throw new DivergenceException(report.Step, $"{reason}; the run has returned to a checkpoint {seen.Returns} times. {Advice}; checkpoints are in {folder.CheckpointsPath}.");
        if (checkpoints.NewestCalm(seen.ReturnedTo) is not { } position)
            throw new DivergenceException(report.Step, $"{reason}, and there is no checkpoint from before. {Advice}.");
        var skipped = seen.SkippedSteps + StepsDone - position.Step;
        GoOnFrom(position);
        guard.State = guard.State with { Returns = seen.Returns + 1, ReturnedTo = position.Step, SkippedSteps = skipped };
        checkpoints.Save(Position());
        if (ranks.Rank == 0)
            ReturnRecord.Append(folder.ReturnsPath, report, reason, StepsDone, skipped);
        log.Warning("Step {Step}: {Reason}. Returned to the checkpoint of step {Checkpoint}; the batches since are left out (return {Number} of at most {Most})",
            report.Step, reason, StepsDone, guard.State.Returns, recipe.MaxReturns);
    }

    private void GoOnFrom(RunPosition position)
    {
        StepsDone = position.Step;
        guard.State = position.Divergence;
        trainee.Resumed(position.Step);
    }

    private RunPosition Position() => new()
    {
        Step = StepsDone,
        Updates = trainee.Optimizer.Updates,
        Divergence = guard.State,
        Layout = trainee.Parameters.Layout,
        DataFingerprint = dataset.Manifest.Fingerprint,
        Notes = trainee.Notes,
    };
}
