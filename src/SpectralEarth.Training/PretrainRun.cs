using System.Globalization;
using Serilog;
using SpectralEarth.Checkpoints;
using SpectralEarth.Distribution;
using SpectralEarth.Models;
using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Training.Distributed;
using SpectralEarth.Training.Measuring;
using SpectralEarth.Training.Monitoring;
using SpectralEarth.Training.Objectives;
using SpectralEarth.Training.Reporting;
using SpectralEarth.Training.Runs;

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
    private readonly IObjective objective;
    private readonly BandNormalization normalization;
    private readonly SampleSet samples;
    private readonly TrainingLoop loop;

    private readonly IRankGroup ranks;
    private readonly ILogger log;
    private RankWatch? watch;

    private PretrainRun(RunFolder folder, Dataset dataset, PretrainRecipe recipe, Checkpoint? weights, RunOrigin origin, ILogger log, IRankGroup ranks)
    {
        (this.folder, this.dataset, this.recipe, this.ranks, this.log) = (folder, dataset, recipe, ranks, log);
        Compute.UseThreads(recipe.Threads, ranks.LocalSize);
        var device = Compute.Select(recipe.Device, ranks.LocalRank);
        var data = dataset.Manifest;
        if (ranks.Rank == 0 && device.type == TorchSharp.DeviceType.CPU && RunMemory.Shortage(recipe, data, ranks.Size, ranks.LocalSize, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) is { } shortage)
            log.Warning("{Shortage:l}", shortage);
        var (mean, deviation) = InputStatistics.Of(recipe.Normalization, data);
        var encoder = new ModelDescription
        {
            Architecture = ModelDescription.EncoderOnlyArchitecture,
            EncoderOnly = recipe.EncoderOn(data),
            Bands = data.Bands,
            WavelengthsNm = data.WavelengthsNm,
            Mean = mean,
            StandardDeviation = deviation,
            NoData = data.NoData,
            PixelSizeM = data.PixelSizeM,
            Provenance = new Provenance(origin.ProgramVersion, origin.RecipeName, data.Fingerprint, Step: 0),
        };
        normalization = new BandNormalization(mean, deviation, device);
        samples = recipe.SamplesOf(dataset.Catalog);
        if (samples.Incomplete > 0)
        {
            log.Information("{Incomplete} of {Locations} locations have fewer than {Dates} dates: they give theirs several times (single_date: repeat)",
                samples.Incomplete, samples.Count, recipe.DatesPerSample);
        }

        objective = MemoryShortage.ExplainNetwork(() => PretrainObjectives.Create(recipe, data, samples.Count, normalization, device));
        try
        {
            StartingWeights = weights is null ? null : $"the weights of {weights.Path} (step {weights.Description.Provenance.Step}): {objective.StartFrom(weights)}";
        }
        catch
        {
            objective.Dispose();
            normalization.Dispose();
            throw;
        }

        pretrainer = MemoryShortage.ExplainNetwork(
            () => new Pretrainer(recipe, objective, samples.Count, RankBatch.Of(ranks, device)) { Cost = PretrainWork.Cost(recipe, data, device) });
        loop = new TrainingLoop(folder, dataset, samples, pretrainer, objective.Describe(encoder), recipe, log, ranks);
    }

    /// <summary>The folder of the run.</summary>
    public RunFolder Folder => folder;

    /// <summary>Steps done.</summary>
    public long StepsDone => loop.StepsDone;

    /// <summary>Steps of the whole run.</summary>
    public long TotalSteps => recipe.TotalSteps(samples.Count);

    /// <summary>The weights that the run began with and what of them was taken, in words; null where all were random.</summary>
    public string? StartingWeights { get; }

    /// <summary>True if all steps were done before the run was opened.</summary>
    public bool WasFinished { get; private set; }

    /// <summary>True if the run was told to stop before its end, in this rank or another.</summary>
    public bool IsStopped => loop.IsStopped;

    /// <summary>Shortest time from one report to the next while the run goes on.</summary>
    internal TimeSpan ReportEvery { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Trainable parameters, the parts that only pretraining needs included.</summary>
    public long ParameterCount => pretrainer.Parameters.Count;

    /// <summary>Starts a run in <paramref name="outPath"/>, or goes on where the run in it stopped.</summary>
    /// <param name="outPath">Run folder; made where it is missing.</param>
    /// <param name="dataPath">Data set folder.</param>
    /// <param name="recipe">Recipe; must be that of the run in the folder, if there is one.</param>
    /// <param name="origin">For the record.</param>
    /// <param name="log">Receives what a person should know.</param>
    /// <param name="ranks">Processes that train together, each of which calls this; null for this one alone. Stay their owner's.</param>
    /// <param name="checkpoint">Run folder or .safetensors file whose encoder a new run begins with; null for random weights, or to go on.</param>
    /// <exception cref="OtherRankException">Another rank cannot begin.</exception>
    /// <exception cref="Recipes.RecipeException">The recipe cannot run on the data.</exception>
    /// <exception cref="DatasetException">The data set cannot be used.</exception>
    /// <exception cref="CheckpointException">There are checkpoints but none that can be used, or the weights to begin with do not fit.</exception>
    /// <exception cref="OtherRunException">The run in the folder is of another recipe or data set, or began with other weights.</exception>
    /// <exception cref="IOException">Another process holds the folder, or it cannot be written to.</exception>
    /// <exception cref="InsufficientMemoryException">The network needs more memory than there is.</exception>
    public static PretrainRun OpenOrResume(string outPath, string dataPath, PretrainRecipe recipe, RunOrigin origin, ILogger log, IRankGroup? ranks = null, string? checkpoint = null)
    {
        ranks ??= new SingleRank();
        (Dataset? dataset, RunFolder? folder, RunInfo? info, Checkpoint? weights, RankWatch? watch) = (null, null, null, null, null);
        try
        {
            ranks.Together(() =>
            {
                dataset = Dataset.Open(dataPath);
                recipe = recipe.Validated(dataset.Manifest, ranks.Size);
                var warning = ChannelWavelengths.Check(recipe, dataset);
                weights = checkpoint is null ? null : Checkpoint.Open(checkpoint);
                folder = ranks.Rank == 0 ? RunFolder.Claim(outPath) : RunFolder.Visit(outPath);
                if (ranks.Rank == 0 && Ranks.AdviceOnStopping() is { } advice)
                    log.Warning("{Advice:l}", advice);
                if (ranks.Rank == 0 && warning is not null)
                    log.Warning("{Warning:l}", warning);
                if (ranks.Rank == 0)
                    info = WithWeights(RunContinuity.Check(folder, "pretrain", recipe, dataset, log), folder, weights);
                if (ranks.Rank == 0 && weights is not null && ChannelWavelengths.WarningOf(weights, dataset.Manifest) is { } bands)
                    log.Warning("{Warning:l}", bands);
            });
            watch = RankWatch.Begin(ranks, folder!.RanksPath, message => log.Fatal("{Message:l}", message));
            var run = new PretrainRun(folder, dataset!, recipe, weights, origin, log, ranks) { watch = watch };
            run.loop.Resume();
            run.WasFinished = run.StepsDone >= run.TotalSteps;
            if (ranks.Rank == 0 && run is { StartingWeights: { } given, StepsDone: 0 })
                log.Information("Begins with {Weights:l}", given);
            info?.WriteWithStart(folder.InfoPath, origin, run.StepsDone, run.WasFinished, ranks.Size);
            return run;
        }
        catch
        {
            watch?.Dispose();
            folder?.Dispose();
            throw;
        }
        finally
        {
            weights?.Dispose();
        }
    }

    /// <summary>
    /// Trains, yielding each step's report, until all steps are done or <paramref name="cancel"/> is cancelled; either way
    /// the last step ends in a checkpoint. Enumerate it on one thread.
    /// </summary>
    /// <remarks>Every ten minutes or more a checkpoint is followed by <see cref="WriteReport()"/>; so is a divergence.</remarks>
    /// <exception cref="DivergenceException">The run went wrong and cannot return to a checkpoint once more.</exception>
    /// <exception cref="DatasetException">A patch cannot be read.</exception>
    /// <exception cref="IOException">The last checkpoint cannot be written.</exception>
    public IEnumerable<StepReport> Steps(CancellationToken cancel = default)
    {
        var pace = new ReportPace(ReportEvery);
        using var steps = loop.Steps(cancel).GetEnumerator();
        while (MovesOn(steps))
        {
            if (ranks.Rank == 0 && recipe.IsCheckpointDue(steps.Current.Step))
                pace.Offer(() => WriteReport());
            yield return steps.Current;
        }

        watch?.Complete();
    }

    /// <summary>Writes report.html from the rows of metrics.csv and the network as it is now, which stays as it is. Rank 0 calls this.</summary>
    /// <returns>False if it could not be written; the log says why, and no training depends on it.</returns>
    public bool WriteReport() => WriteReport(page => objective.Illustrate(page, dataset, [.. ReportPatches()]));

    /// <summary>Notes the weights that a new run begins with; one that goes on has its own, and began with the same.</summary>
    private static RunInfo WithWeights(RunInfo info, RunFolder folder, Checkpoint? weights)
    {
        var isNew = !folder.HasHadCheckpoints && info.InitialWeights is null;
        if (isNew || info.InitialWeights == weights?.Checksum || (weights is null && folder.HasHadCheckpoints))
            return isNew ? info with { InitialWeights = weights?.Checksum } : info;
        throw new OtherRunException(weights is null
            ? $"{folder.Path} was begun with the weights {info.InitialWeights}, and stopped before its first checkpoint. Name them again by --checkpoint, or choose another --out."
            : $"{folder.Path} was begun with {(info.InitialWeights is { } first ? $"the weights {first}" : "random weights")}, but {weights.Path} holds {weights.Checksum}. Leave --checkpoint out to go on, or choose another --out.");
    }

    private bool MovesOn(IEnumerator<StepReport> steps)
    {
        try
        {
            return steps.MoveNext();
        }
        catch (DivergenceException error)
        {
            watch?.Complete();          // all ranks come here; the others must not take rank 0 for one that hangs
            if (ranks.Rank == 0)
                WriteReport(page => page.Heading("The run went wrong").Paragraph(error.Message + " Pictures of the network's work are left out."));
            throw;
        }
    }

    private bool WriteReport(Action<ReportPage> illustrate)
    {
        var data = dataset.Manifest;
        try
        {
            var rows = File.Exists(folder.MetricsPath) ? MetricsFile.Read(folder.MetricsPath) : [];
            PretrainReport.Write(folder.ReportPath,
            [
                ("Run", folder.Path),
                ("Data set", $"{dataset.Path}, {data.Patches} patches of {data.PatchSize} pixels, {data.Bands.Count} bands, fingerprint {data.Fingerprint}"),
                ("Steps", $"{StepsDone} of {TotalSteps}"),
                ("Trainable parameters", ParameterCount.ToString("N0", CultureInfo.InvariantCulture)),
                ("Seed", recipe.Seed.ToString(CultureInfo.InvariantCulture)),
            ], rows, ReturnRecord.Read(folder.ReturnsPath), objective.LossName, illustrate, recipe);
            return true;
        }
        catch (Exception error) when (error is IOException or InvalidDataException || MemoryShortage.Is(error))
        {
            log.Warning("The report could not be written; nothing depends on it: {Reason}", error.Message);
            return false;
        }
        finally
        {
            pretrainer.Network.train();     // also where a picture failed half-way
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        pretrainer.Dispose();
        normalization.Dispose();
        watch?.Dispose();
        folder.Dispose();
    }

    /// <summary>Up to three patches of different places, evenly spread over those that are mostly filled and clear (over all, if none is).</summary>
    private IEnumerable<int> ReportPatches()
    {
        var all = Enumerable.Range(0, dataset.Catalog.Count).ToList();
        var clear = all.Where(index => dataset.Catalog[index] is { NoDataFraction: < 0.1, CloudFraction: < 0.1 }).ToList();
        var from = (clear.Count > 0 ? clear : all).DistinctBy(index => dataset.Catalog[index].LocationId).ToList();
        return Enumerable.Range(0, Math.Min(3, from.Count)).Select(i => from[((2 * i) + 1) * from.Count / (2 * Math.Min(3, from.Count))]);
    }
}
