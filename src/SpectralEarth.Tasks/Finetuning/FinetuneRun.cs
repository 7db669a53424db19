using Serilog;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Finetuning.Kinds;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training;
using SpectralEarth.Training.Runs;
using TorchSharp;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>
/// A fine-tuning run in its folder: trains a network of the recipe's task from a pretrained encoder, keeps the weights that are
/// best on validation, and tests them once. A run that was stopped at any moment, resumed with the same recipe, data and
/// checkpoint, ends with the same weights as an uninterrupted one (bit for bit on the CPU with equally many threads).
/// </summary>
public sealed class FinetuneRun : IDisposable
{
    private readonly RunFolder folder;
    private readonly Dataset dataset;
    private readonly FinetuneRecipe recipe;
    private readonly ClassTable? classes;
    private readonly EncoderSource source;
    private readonly ModelDescription description;
    private readonly TaskSetup setup;
    private readonly ITaskKind kind;
    private readonly BestWeights best;
    private readonly FineTuner tuner;
    private readonly TrainingLoop loop;
    private readonly ILogger log;
    private FinetuneResult? finished;

    private FinetuneRun(
        RunFolder folder, Dataset dataset, FinetuneRecipe recipe, ClassTable? classes, LabelCensus census, LabelledSplit split,
        EncoderSource source, PixelOffset? labelOffset, RunOrigin origin, ILogger log)
    {
        (this.folder, this.dataset, this.recipe, this.source, this.log) = (folder, dataset, recipe, source, log);
        (this.classes, Split) = (classes, split);
        var device = Compute.Select(recipe.Device);
        setup = new TaskSetup
        {
            Dataset = dataset,
            Recipe = recipe,
            Census = census,
            Split = split,
            Normalization = (source.Description with { LabelOffset = labelOffset }).Normalization(device),
            Device = device,
            WindowSize = source.Description.Encoder.PatchSize,
            NetworkPath = folder.Path,
        };
        kind = TaskKinds.Of(setup, classes);
        description = kind.Describe(Common(origin) with { LabelOffset = labelOffset });
        best = new BestWeights(BestPath, description);
        var network = kind.Build(description, recipe.Seed);
        try
        {
            GiveFirstWeights(network);
            tuner = new FineTuner(recipe, kind, network, split.Train.Count,
                new FinetuneNotes { InitialWeights = source.Checkpoint.Checksum, Split = split.Checksum, LabelOffset = labelOffset }, EvaluateIfDue);
        }
        catch
        {
            network.Dispose();
            kind.Dispose();
            setup.Normalization.Dispose();
            throw;
        }

        loop = new TrainingLoop(folder, dataset, SampleSet.OfPatches(split.Train), tuner, description, recipe, log);
    }

    /// <summary>The folder of the run.</summary>
    public RunFolder Folder => folder;

    /// <summary>File of the best weights.</summary>
    public string BestPath => CheckpointFile.PathOfBest(folder.Path);

    /// <summary>File of the scores.</summary>
    public string ScoresPath => ScoresOf(folder.Path);

    /// <summary>Training, validation and test patches.</summary>
    public LabelledSplit Split { get; }

    /// <summary>How images are moved onto the ground of the training labels; null if they are not.</summary>
    public PixelOffset? LabelOffset => description.LabelOffset;

    /// <summary>Steps done.</summary>
    public long StepsDone => loop.StepsDone;

    /// <summary>True if the run had come to its end and been tested before it was opened, so that nothing is left to do.</summary>
    public bool WasFinished => finished is not null;

    /// <summary>Most steps of the whole run; patience may end it earlier.</summary>
    public long TotalSteps => recipe.TotalSteps(Split.Train.Count);

    /// <summary>Trained parameters, frozen ones left out.</summary>
    public long ParameterCount => tuner.Parameters.Count;

    /// <summary>Evaluations on validation so far.</summary>
    public IReadOnlyList<Evaluation> Evaluations => tuner.Progress.Evaluations;

    /// <summary>What a person should know before trusting the numbers.</summary>
    public IReadOnlyList<string> Warnings => [.. FinetuneWarnings.Of(setup, classes, source.Description.Encoder, source.Warning)];

    /// <summary>Starts a run in <paramref name="outPath"/>, or goes on where the run in it stopped.</summary>
    /// <param name="outPath">Run folder; made where it is missing.</param>
    /// <param name="dataPath">Data set folder, with labels.</param>
    /// <param name="checkpoint">Run folder or .safetensors file whose encoder is fine-tuned.</param>
    /// <param name="recipe">Recipe; must be that of the run in the folder, if there is one.</param>
    /// <param name="origin">For the record.</param>
    /// <param name="log">Receives what a person should know.</param>
    /// <exception cref="Recipes.RecipeException">The recipe cannot run on the data.</exception>
    /// <exception cref="LabelException">There are no labels, unknown ones, or too few for the split.</exception>
    /// <exception cref="BandMismatchException">Data set and checkpoint have different bands.</exception>
    /// <exception cref="DatasetException">The data set cannot be used.</exception>
    /// <exception cref="CheckpointException">The checkpoint cannot be used.</exception>
    /// <exception cref="OtherRunException">The run in the folder is of another recipe, data set, split or checkpoint.</exception>
    /// <exception cref="IOException">Another process holds the folder, or it cannot be written to.</exception>
    public static FinetuneRun OpenOrResume(string outPath, string dataPath, string checkpoint, FinetuneRecipe recipe, RunOrigin origin, ILogger log)
    {
        var whole = Dataset.Open(dataPath);
        _ = recipe.Validated(whole.Manifest);
        var source = EncoderSource.Open(checkpoint, whole, recipe.Bands);
        var dataset = source.Dataset;
        RunFolder? folder = null;
        FinetuneRun? run = null;
        try
        {
            var classes = recipe.Task == TaskType.Regression ? null : new ClassTable(dataset.Manifest.Classes);
            var census = LabelCensus.Take(dataset, classes, recipe.Task);
            var split = LabelledSplit.Of(dataset, census, recipe.Split);
            recipe.RequireFit(source.Description.Encoder, split);
            folder = RunFolder.Claim(outPath);
            var info = SplitContinuity.Check(folder, "finetune", recipe, dataset, log);
            Compute.UseThreads(recipe.Threads);
            if (recipe.RegisterLabels && recipe.Task == TaskType.Segmentation && info.LabelOffset is null && folder.Checkpoints().Count == 0)
                info = info with { LabelOffset = LabelRegistration.Estimate(dataset, split.Train, classes!, source.Description, Compute.Select(recipe.Device)) };
            run = new FinetuneRun(folder, dataset, recipe, classes, census, split, source, info.LabelOffset, origin, log);
            run.Resume();
            run.finished = run.ReadFinished();
            SplitFile.Write(SplitOf(outPath), dataset, split.Parts);
            info.WriteWithStart(folder.InfoPath, origin, run.StepsDone, run.WasFinished);
            foreach (var warning in run.Warnings)
                log.Warning("{Warning}", warning);
            return run;
        }
        catch
        {
            run?.Dispose();
            folder?.Dispose();
            source.Dispose();
            throw;
        }
    }

    /// <summary>File of the scores of a run folder; it is there when the run is finished.</summary>
    public static string ScoresOf(string folder) => Path.Combine(folder, "metrics.json");

    /// <summary>File of the split of a run folder, by which its test can be repeated.</summary>
    public static string SplitOf(string folder) => Path.Combine(folder, SplitFile.FileName);

    /// <summary>
    /// Trains, yielding each step's report, until all steps are done, patience is at its end or <paramref name="cancel"/> is
    /// cancelled; either way the last step ends in a checkpoint. Enumerate it on one thread.
    /// </summary>
    /// <exception cref="DivergenceException">The run went wrong and cannot return to a checkpoint once more.</exception>
    /// <exception cref="DatasetException">A patch cannot be read.</exception>
    /// <exception cref="IOException">A checkpoint cannot be written.</exception>
    public IEnumerable<StepReport> Steps(CancellationToken cancel = default) => loop.Steps(cancel);

    /// <summary>
    /// Tests the best weights and writes report.html, of a segmentation confusion.csv, and last metrics.json; of a run that was finished
    /// before, gives what was written.
    /// </summary>
    /// <exception cref="InvalidOperationException">The run has not come to its end.</exception>
    /// <exception cref="DivergedNetworkException">The network answers no numbers, so there is nothing to score.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public FinetuneResult Finish(CancellationToken cancel = default)
    {
        if (StepsDone < TotalSteps && !tuner.IsDone)
            throw new InvalidOperationException($"Only {StepsDone} of {TotalSteps} steps are done.");
        if (finished is not null)
            return finished;
        if (Split.Validation.Count == 0)
            tuner.WithAverage(() => best.Write(tuner.Network, StepsDone));
        using var network = kind.Build(description, recipe.Seed);
        var bestStep = best.LoadInto(network);
        network.to(setup.Device);
        var validation = Predict(network, Split.Validation, cancel);
        var test = Predict(network, Split.Test, cancel);
        var result = Result(bestStep, test, validation?.All());
        var scored = test ?? validation;
        if (scored is not null)
            kind.WriteTest(folder.Path, scored);
        FinetuneReport.Write(folder, result, scored, kind, setup, Evaluations, network);
        ScoreFiles.WriteJson(ScoresPath, result);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        tuner.Dispose();
        kind.Dispose();
        setup.Normalization.Dispose();
        source.Dispose();
        folder.Dispose();
    }

    private ModelDescription Common(RunOrigin origin) => source.Description.OfEncoder() with
    {
        WavelengthsNm = dataset.Manifest.WavelengthsNm,
        NoData = dataset.Manifest.NoData,
        PixelSizeM = dataset.Manifest.PixelSizeM,
        Provenance = new Provenance(origin.ProgramVersion, origin.RecipeName, dataset.Manifest.Fingerprint, Step: 0),
    };

    private void GiveFirstWeights(TaskModel network)
    {
        if (recipe.InitialWeights == InitialWeights.Checkpoint)
            source.Checkpoint.LoadInto(network.Encoder);
        network.to(setup.Device);
        // A run that goes on takes all weights from its checkpoint.
        if (folder.Checkpoints().Count == 0)
            kind.Prepare(network);
    }

    private void Resume()
    {
        loop.Resume();
        // SplitContinuity knows the file only: this also holds where the split was drawn, and where run.yaml is older than its checksum or was deleted.
        if (tuner.Progress.Split != Split.Checksum)
            throw new OtherRunException($"{folder.Path} was begun with another split of the same data set. Restore the split file that the run began with, or choose another --out.");
        if (tuner.Progress.LabelOffset != LabelOffset)
            throw new OtherRunException($"{folder.Path} was begun with images moved by {tuner.Progress.LabelOffset ?? PixelOffset.None}, but {folder.InfoPath} says {LabelOffset ?? PixelOffset.None} (label_offset). Put the file back as it was, or choose another --out.");
        if (tuner.Progress.InitialWeights == source.Checkpoint.Checksum)
            return;
        throw new OtherRunException(
            $"{folder.Path} was begun with the weights {tuner.Progress.InitialWeights}, but {source.Checkpoint.Path} holds {source.Checkpoint.Checksum}. " +
            "Use the checkpoint that the run began with, or another --out.");
    }

    /// <summary>The outcome that metrics.json tells, if it is that of the last step; null if the test is still to be made.</summary>
    private FinetuneResult? ReadFinished()
    {
        if ((StepsDone < TotalSteps && !tuner.IsDone) || !File.Exists(ScoresPath))
            return null;
        return ScoreFiles.ReadJson<FinetuneResult>(ScoresPath) is { } result && result.Steps == StepsDone && result.BestStep == best.Step ? result : null;
    }

    private Evaluation? EvaluateIfDue(long steps)
    {
        if (Split.Validation.Count == 0 || (steps % recipe.StepsPerEvaluation(Split.Train.Count) != 0 && steps != TotalSteps))
            return null;
        return tuner.WithAverage(() =>
        {
            var evaluation = new Evaluation(steps, ScoresOnValidation(steps));
            if (tuner.Progress.Best(recipe.Selection) is not { } before || evaluation.Merit(recipe.Selection) > before.Merit(recipe.Selection))
                best.Write(tuner.Network, steps);
            return evaluation;
        });
    }

    /// <summary>Scores that are defined; none of a network that diverged, which is the worst. What becomes of the run is for the guard of its steps to say.</summary>
    private Dictionary<string, double> ScoresOnValidation(long steps)
    {
        try
        {
            var scores = kind.Predict(tuner.Network, Split.Validation, testTimeAugmentation: false, CancellationToken.None).All();
            return (scores?.Summary ?? []).Where(score => score.Value is not null).ToDictionary(score => score.Key, score => score.Value!.Value, StringComparer.Ordinal);
        }
        catch (DivergedNetworkException)
        {
            log.Warning("Step {Step}: on validation the network's answers are not numbers; this counts as the worst score", steps);
            return [];
        }
    }

    private IScoreStore? Predict(TaskModel network, IReadOnlyList<int> patches, CancellationToken cancel) =>
        patches.Count == 0 ? null : kind.Predict(network, patches, recipe.TestTimeAugmentation, cancel);

    private FinetuneResult Result(long bestStep, IScoreStore? test, IScores? validation)
    {
        var constant = test is null ? default : kind.Constant(test);
        return new FinetuneResult
        {
            Task = KeyNames.Of(recipe.Task),
            Steps = StepsDone,
            BestStep = bestStep,
            Checkpoint = source.Checkpoint.Path,
            CheckpointChecksum = source.Checkpoint.Checksum,
            InitialWeights = KeyNames.Of(recipe.InitialWeights),
            LabelOffset = description.LabelOffset,
            Split = Split.Summary(dataset, setup.Census),
            Test = test?.All(),
            TestIntervals = test is null ? Bootstrap.NoIntervals : Bootstrap.Intervals(test, recipe.Seed),
            Majority = constant.Store?.All(),
            MajorityClass = constant.Name ?? "",
            Validation = validation,
            Warnings = Warnings,
        };
    }
}
