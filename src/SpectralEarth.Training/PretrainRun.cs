using System.Diagnostics;
using System.Globalization;
using Serilog;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Training.Augmentation;
using SpectralEarth.Training.Monitoring;
using SpectralEarth.Training.Reporting;
using SpectralEarth.Training.Runs;
using TorchSharp;

namespace SpectralEarth.Training;

/// <summary>
/// A pretraining run in its folder. A run that was stopped at any moment, resumed with the same recipe and data, ends
/// with the same weights as an uninterrupted one (bit for bit on the CPU with equally many threads).
/// </summary>
public sealed class PretrainRun : IDisposable
{
    private readonly RunFolder folder;
    private readonly Dataset dataset;
    private readonly PretrainRecipe recipe;
    private readonly Pretrainer pretrainer;
    private readonly ModelDescription description;
    private readonly BandNormalization normalization;
    private readonly ILogger log;
    private readonly torch.Device device;
    private int nonFiniteSteps;
    private long savedStep = -1;

    private PretrainRun(RunFolder folder, Dataset dataset, PretrainRecipe recipe, RunOrigin origin, ILogger log)
    {
        (this.folder, this.dataset, this.recipe, this.log) = (folder, dataset, recipe, log);
        device = Compute.Select(recipe.Device);
        var data = dataset.Manifest;
        var (mean, deviation) = InputStatistics.Of(recipe.Normalization, data);
        description = new ModelDescription
        {
            Architecture = ModelDescription.MaeArchitecture,
            Mae = recipe.Model(data),
            Bands = data.Bands,
            WavelengthsNm = data.WavelengthsNm,
            Mean = mean,
            StandardDeviation = deviation,
            NoData = data.NoData,
            PixelSizeM = data.PixelSizeM,
            Provenance = new Provenance(origin.ProgramVersion, origin.RecipeName, data.Fingerprint, Step: 0),
        };
        normalization = new BandNormalization(mean, deviation, device);
        var network = new MaskedAutoencoder(description.Mae, recipe.Seed);
        network.to(device);
        pretrainer = new Pretrainer(recipe, network, new TrainingViews(recipe, normalization, data.NoData, device), data.Patches, device);
    }

    /// <summary>The folder of the run.</summary>
    public RunFolder Folder => folder;

    /// <summary>Steps done.</summary>
    public long StepsDone { get; private set; }

    /// <summary>Steps of the whole run.</summary>
    public long TotalSteps => recipe.TotalSteps(dataset.Manifest.Patches);

    /// <summary>Trainable parameters, decoder included.</summary>
    public long ParameterCount => pretrainer.Parameters.Count;

    /// <summary>Starts a run in <paramref name="outPath"/>, or goes on where the run in it stopped.</summary>
    /// <param name="outPath">Run folder; made where it is missing.</param>
    /// <param name="dataPath">Data set folder.</param>
    /// <param name="recipe">Recipe; must be that of the run in the folder, if there is one.</param>
    /// <param name="origin">For the record.</param>
    /// <param name="log">Receives what a person should know.</param>
    /// <exception cref="Recipes.RecipeException">The recipe cannot run on the data, or differs from the run's.</exception>
    /// <exception cref="DatasetException">The data set cannot be used, or differs from the run's.</exception>
    /// <exception cref="CheckpointException">There are checkpoints but none that can be used.</exception>
    /// <exception cref="IOException">Another process holds the folder, or it cannot be written to.</exception>
    public static PretrainRun OpenOrResume(string outPath, string dataPath, PretrainRecipe recipe, RunOrigin origin, ILogger log)
    {
        var dataset = Dataset.Open(dataPath);
        _ = recipe.Validated(dataset.Manifest);
        var folder = RunFolder.Claim(outPath);
        try
        {
            var info = RunContinuity.Check(folder, "pretrain", recipe, PretrainRecipe.FreeKeys, recipe.Seed, dataset, log);
            Compute.UseThreads(recipe.Threads);
            var run = new PretrainRun(folder, dataset, recipe, origin, log);
            run.Resume();
            info.WriteWithStart(folder.InfoPath, origin, run.StepsDone);
            return run;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Trains, yielding each step's report, until all steps are done or <paramref name="cancel"/> is cancelled; either way
    /// the last step ends in a checkpoint. Enumerate it on one thread.
    /// </summary>
    /// <exception cref="NonFiniteLossException">Too many steps in a row were not finite.</exception>
    /// <exception cref="DatasetException">A patch cannot be read.</exception>
    /// <exception cref="IOException">The last checkpoint cannot be written.</exception>
    public IEnumerable<StepReport> Steps(CancellationToken cancel = default)
    {
        using var metrics = MetricsFile.OpenAfter(folder.MetricsPath, StepsDone);
        using var events = new EventFile(folder.TensorBoardPath, StepsDone + 1);
        using var loader = new PatchLoader(dataset, Batches(), recipe.LoaderThreads);
        while (StepsDone < TotalSteps && !cancel.IsCancellationRequested)
        {
            if (Step(loader, cancel) is not { } report)
                break;
            Record(report, metrics, events);
            StopIfStuck(report);
            if (StepsDone % recipe.CheckpointEvery == 0 && StepsDone < TotalSteps)
                TrySave();
            yield return report;
        }

        if (savedStep != StepsDone)
            Save();
    }

    /// <summary>Writes report.html from the rows of metrics.csv and the network as it is now.</summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public void WriteReport()
    {
        var data = dataset.Manifest;
        var still = recipe with { Augmentation = new AugmentationRecipe { Flips = false, Rotations = false } };
        var views = new TrainingViews(still, normalization, data.NoData, device);
        var examples = ReportPatches().Select(index => Reconstruction.Of(pretrainer.Network, views, dataset, index, description, recipe.Seed));
        var rows = File.Exists(folder.MetricsPath) ? MetricsFile.Read(folder.MetricsPath) : [];
        PretrainReport.Write(folder.ReportPath,
        [
            ("Run", folder.Path),
            ("Data set", $"{dataset.Path}, {data.Patches} patches of {data.PatchSize} pixels, {data.Bands.Count} bands, fingerprint {data.Fingerprint}"),
            ("Steps", $"{StepsDone} of {TotalSteps}"),
            ("Trainable parameters", ParameterCount.ToString("N0", CultureInfo.InvariantCulture)),
            ("Seed", recipe.Seed.ToString(CultureInfo.InvariantCulture)),
        ], rows, [.. examples], data.WavelengthsNm, data.Scale, recipe);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        pretrainer.Dispose();
        normalization.Dispose();
        folder.Dispose();
    }

    /// <summary>Up to three patches, evenly spread over those that are mostly filled and clear (over all, if none is).</summary>
    private IEnumerable<int> ReportPatches()
    {
        var all = Enumerable.Range(0, dataset.Catalog.Count).ToList();
        var clear = all.Where(index => dataset.Catalog[index] is { NoDataFraction: < 0.1, CloudFraction: < 0.1 }).ToList();
        var from = clear.Count > 0 ? clear : all;
        return Enumerable.Range(0, Math.Min(3, from.Count)).Select(i => from[((2 * i) + 1) * from.Count / (2 * Math.Min(3, from.Count))]);
    }

    private IEnumerable<int[]> Batches() =>
        SampleOrder.Batches([.. Enumerable.Range(0, dataset.Manifest.Patches)], recipe.BatchSize, recipe.Seed, StepsDone);

    /// <summary>The next step, or null if cancelled while waiting for its data.</summary>
    private StepReport? Step(PatchLoader loader, CancellationToken cancel)
    {
        var start = Stopwatch.GetTimestamp();
        using var batch = Next(loader, cancel);
        if (batch is null)
            return null;
        var waited = Stopwatch.GetElapsedTime(start);
        var report = pretrainer.Step(StepsDone, batch);
        StepsDone++;
        nonFiniteSteps = report.IsFinite ? 0 : nonFiniteSteps + 1;
        var spent = Stopwatch.GetElapsedTime(start);
        return report with
        {
            PatchesPerSecond = recipe.BatchSize / spent.TotalSeconds,
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
        if (nonFiniteSteps > recipe.MaxNonFiniteSteps)
        {
            throw new NonFiniteLossException(report, nonFiniteSteps,
                $"Lower optimizer.learning_rate or set optimizer.clip_gradients; checkpoints of earlier steps are in {folder.CheckpointsPath}.");
        }
    }

    private void Record(StepReport report, MetricsFile metrics, EventFile events)
    {
        if (report.Step % recipe.LogEvery != 0 && report.Step != TotalSteps && report.IsFinite)
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
            Updates = pretrainer.Optimizer.Updates,
            NonFiniteSteps = nonFiniteSteps,
            Layout = pretrainer.Parameters.Layout,
            DataFingerprint = dataset.Manifest.Fingerprint,
        };
        var saved = description with { Provenance = description.Provenance with { Step = StepsDone } };
        PretrainCheckpoint.Write(folder.CheckpointPath(StepsDone), pretrainer, saved, position);
        folder.Prune(recipe.KeepCheckpoints);
        savedStep = StepsDone;
        log.Information("Checkpoint of step {Step} written", StepsDone);
    }

    /// <summary>Goes on from the newest checkpoint that is whole; damaged ones are set aside by name, not deleted.</summary>
    private void Resume()
    {
        var files = folder.Checkpoints();
        foreach (var file in files)
        {
            if (PretrainCheckpoint.Damage(file) is { } damage)
            {
                log.Warning("Checkpoint set aside as {Aside}, trying the one before: {Reason}", file + ".damaged", damage.Message);
                File.Move(file, file + ".damaged", overwrite: true);
                continue;
            }

            var position = PretrainCheckpoint.Read(file, pretrainer, dataset.Manifest.Fingerprint);
            (StepsDone, savedStep, nonFiniteSteps) = (position.Step, position.Step, position.NonFiniteSteps);
            log.Information("Resuming after step {Step} of {TotalSteps} from {Checkpoint}", StepsDone, TotalSteps, file);
            return;
        }

        if (files.Count > 0)
        {
            throw new CheckpointException(
                $"{folder.CheckpointsPath}: none of {files.Count} checkpoints can be used (all were renamed to *.damaged). " +
                "Copy a good one back, or delete the run folder to start again.");
        }
    }
}
