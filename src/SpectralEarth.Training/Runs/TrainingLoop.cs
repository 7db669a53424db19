using System.Diagnostics;
using Serilog;
using SpectralEarth.Checkpoints;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Training.Monitoring;

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
/// <param name="settings">How long and how often.</param>
/// <param name="log">Receives what a person should know.</param>
public sealed class TrainingLoop(
    RunFolder folder, Dataset dataset, SampleSet samples, ITrainee trainee, ModelDescription description, LoopSettings settings, ILogger log)
{
    private int nonFiniteSteps;
    private long savedStep = -1;

    /// <summary>Steps done.</summary>
    public long StepsDone { get; private set; }

    /// <summary>Goes on from the newest checkpoint that is whole; damaged ones are set aside by name, not deleted.</summary>
    /// <exception cref="CheckpointException">There are checkpoints but none that can be used.</exception>
    public void Resume()
    {
        var files = folder.Checkpoints();
        foreach (var file in files)
        {
            if (RunCheckpoint.Damage(file) is { } damage)
            {
                log.Warning("Checkpoint set aside as {Aside}, trying the one before: {Reason}", file + ".damaged", damage.Message);
                File.Move(file, file + ".damaged", overwrite: true);
                continue;
            }

            var position = RunCheckpoint.Read(file, trainee, dataset.Manifest.Fingerprint);
            (StepsDone, savedStep, nonFiniteSteps) = (position.Step, position.Step, position.NonFiniteSteps);
            log.Information("Resuming after step {Step} of {TotalSteps} from {Checkpoint}", StepsDone, settings.TotalSteps, file);
            return;
        }

        if (files.Count > 0)
        {
            throw new CheckpointException(
                $"{folder.CheckpointsPath}: none of {files.Count} checkpoints can be used (all were renamed to *.damaged). " +
                "Copy a good one back, or delete the run folder to start again.");
        }
    }

    /// <summary>
    /// Trains, yielding each step's report, until all steps are done or <paramref name="cancel"/> is cancelled; either way
    /// the last step ends in a checkpoint. Enumerate it on one thread.
    /// </summary>
    /// <exception cref="NonFiniteLossException">Too many steps in a row were not finite.</exception>
    /// <exception cref="DatasetException">A patch cannot be read.</exception>
    /// <exception cref="IOException">The last checkpoint cannot be written.</exception>
    public IEnumerable<StepReport> Steps(CancellationToken cancel)
    {
        using var metrics = MetricsFile.OpenAfter(folder.MetricsPath, StepsDone);
        using var events = new EventFile(folder.TensorBoardPath, StepsDone + 1);
        using var loader = new PatchLoader(dataset, Parts(), settings.LoaderThreads, patchesPerSample: samples.PatchesPerSample);
        while (StepsDone < settings.TotalSteps && !trainee.IsDone && !cancel.IsCancellationRequested)
        {
            if (Step(loader, cancel) is not { } report)
                break;
            Record(report, metrics, events);
            StopIfStuck(report);
            if (StepsDone % settings.CheckpointEvery == 0 && StepsDone < settings.TotalSteps)
                TrySave();
            yield return report;
        }

        if (savedStep != StepsDone)
            Save();
    }

    private int PartSize => settings.BatchSize / settings.Accumulate;

    private IEnumerable<int[]> Parts() =>
        new SampleOrder(samples, PartSize, settings.Seed, settings.ShuffleWindow).Batches(StepsDone * settings.Accumulate);

    /// <summary>The next step, or null if cancelled while waiting for its data.</summary>
    private StepReport? Step(PatchLoader loader, CancellationToken cancel)
    {
        var start = Stopwatch.GetTimestamp();
        var parts = new List<PatchBatch>();
        try
        {
            while (parts.Count < settings.Accumulate)
            {
                if (Next(loader, cancel) is not { } part)
                    return null;
                part.FirstSample = parts.Count * PartSize;
                parts.Add(part);
            }

            return Step(parts, start, Stopwatch.GetElapsedTime(start));
        }
        finally
        {
            parts.ForEach(part => part.Dispose());
        }
    }

    private StepReport Step(IReadOnlyList<PatchBatch> parts, long start, TimeSpan waited)
    {
        var report = trainee.Train(StepsDone, parts);
        StepsDone++;
        nonFiniteSteps = report.IsFinite ? 0 : nonFiniteSteps + 1;
        var spent = Stopwatch.GetElapsedTime(start);
        return report with
        {
            PatchesPerSecond = settings.BatchSize / spent.TotalSeconds,
            DataWaitShare = waited / spent,
            ResidentBytes = Environment.WorkingSet,
        };
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

    private void StopIfStuck(StepReport report)
    {
        if (report.IsFinite)
            return;
        log.Warning("Step {Step} skipped: loss {Loss}, gradient norm {GradientNorm}", report.Step, report.Loss, report.GradientNorm);
        if (nonFiniteSteps > settings.MaxNonFiniteSteps)
        {
            throw new NonFiniteLossException(report, nonFiniteSteps,
                $"Lower optimizer.learning_rate or set optimizer.clip_gradients; checkpoints of earlier steps are in {folder.CheckpointsPath}.");
        }
    }

    private void Record(StepReport report, MetricsFile metrics, EventFile events)
    {
        if (report.Step % settings.LogEvery != 0 && report.Step != settings.TotalSteps && report.IsFinite)
            return;
        try
        {
            metrics.Write(report);
            events.Write(report.Step, ("loss", report.Loss), ("learning_rate", report.LearningRate),
                ("gradient_norm", report.GradientNorm), ("patches_per_second", report.PatchesPerSecond), ("data_wait_share", report.DataWaitShare));
        }
        catch (IOException error)
        {
            log.Warning("Metrics of step {Step} could not be written; training goes on: {Reason}", report.Step, error.Message);
        }
    }

    private void TrySave()
    {
        try
        {
            Save();
        }
        catch (IOException error)
        {
            log.Error("Checkpoint of step {Step} could not be written; training goes on, the previous checkpoint is still valid: {Reason}", StepsDone, error.Message);
        }
    }

    private void Save()
    {
        var position = new RunPosition
        {
            Step = StepsDone,
            Updates = trainee.Optimizer.Updates,
            NonFiniteSteps = nonFiniteSteps,
            Layout = trainee.Parameters.Layout,
            DataFingerprint = dataset.Manifest.Fingerprint,
            Notes = trainee.Notes,
        };
        var saved = description with { Provenance = description.Provenance with { Step = StepsDone } };
        RunCheckpoint.Write(folder.CheckpointPath(StepsDone), trainee, saved, position);
        folder.Prune(settings.KeepCheckpoints);
        savedStep = StepsDone;
        log.Information("Checkpoint of step {Step} written", StepsDone);
    }
}

/// <summary>How long a run is, and how often it does what.</summary>
public sealed record LoopSettings
{
    /// <summary>Optimizer steps of the whole run.</summary>
    public required long TotalSteps { get; init; }
    /// <summary>Patches per step.</summary>
    public required int BatchSize { get; init; }
    /// <summary>Equal parts in which a step's patches are read and trained on.</summary>
    public required int Accumulate { get; init; }
    /// <summary>Patches that are shuffled among each other; 0 shuffles all.</summary>
    public required int ShuffleWindow { get; init; }
    /// <summary>Seed of the order of samples.</summary>
    public required long Seed { get; init; }
    /// <summary>Steps between checkpoints.</summary>
    public required long CheckpointEvery { get; init; }
    /// <summary>Newest checkpoints that are kept.</summary>
    public required int KeepCheckpoints { get; init; }
    /// <summary>Steps between rows of metrics.csv.</summary>
    public required long LogEvery { get; init; }
    /// <summary>Steps in a row that may be skipped before the run stops.</summary>
    public required int MaxNonFiniteSteps { get; init; }
    /// <summary>Threads that read and decode shards.</summary>
    public required int LoaderThreads { get; init; }
}
