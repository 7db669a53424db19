using Serilog;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training;
using SpectralEarth.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>
/// A fine-tuning run in its folder: trains a segmentation network from a pretrained encoder, keeps the weights that are
/// best on validation, and tests them once. A run that was stopped at any moment, resumed with the same recipe, data and
/// checkpoint, ends with the same weights as an uninterrupted one (bit for bit on the CPU with equally many threads).
/// </summary>
public sealed class FinetuneRun : IDisposable
{
    private const int EvaluationBatch = 16;

    private readonly RunFolder folder;
    private readonly Dataset dataset;
    private readonly FinetuneRecipe recipe;
    private readonly ClassTable classes;
    private readonly LabelCensus census;
    private readonly LabelledSplit split;
    private readonly EncoderSource source;
    private readonly ModelDescription description;
    private readonly BandNormalization normalization;
    private readonly FineTuner tuner;
    private readonly TrainingLoop loop;
    private readonly Device device;

    private FinetuneRun(
        RunFolder folder, Dataset dataset, FinetuneRecipe recipe, ClassTable classes, LabelCensus census, LabelledSplit split,
        EncoderSource source, RunOrigin origin, ILogger log)
    {
        (this.folder, this.dataset, this.recipe) = (folder, dataset, recipe);
        (this.classes, this.census, this.split, this.source) = (classes, census, split, source);
        device = Compute.Select(recipe.Device);
        description = Describe(origin);
        normalization = new BandNormalization(description.Mean, description.StandardDeviation, device);
        tuner = new FineTuner(recipe, FirstNetwork(), Views(), classes, census.Total(split.Train), split.Train.Count,
            source.Checksum, split.Checksum, EvaluateIfDue, device);
        loop = new TrainingLoop(folder, dataset, SampleSet.OfPatches(split.Train), tuner, description, recipe.Loop(split.Train.Count), log);
    }

    /// <summary>The folder of the run.</summary>
    public RunFolder Folder => folder;

    /// <summary>File of the best weights.</summary>
    public string BestPath => Path.Combine(folder.CheckpointsPath, "best.safetensors");

    /// <summary>File of the scores.</summary>
    public string ScoresPath => Path.Combine(folder.Path, "metrics.json");

    /// <summary>File of the confusion matrix of the test.</summary>
    public string ConfusionPath => Path.Combine(folder.Path, "confusion.csv");

    /// <summary>Training, validation and test patches.</summary>
    public LabelledSplit Split => split;

    /// <summary>Classes of the task.</summary>
    public ClassTable Classes => classes;

    /// <summary>Steps done.</summary>
    public long StepsDone => loop.StepsDone;

    /// <summary>Most steps of the whole run; patience may end it earlier.</summary>
    public long TotalSteps => recipe.TotalSteps(split.Train.Count);

    /// <summary>Trained parameters, frozen ones left out.</summary>
    public long ParameterCount => tuner.Parameters.Count;

    /// <summary>Evaluations on validation so far.</summary>
    public IReadOnlyList<Evaluation> Evaluations => tuner.Progress.Evaluations;

    /// <summary>What a person should know before trusting the numbers.</summary>
    public IReadOnlyList<string> Warnings => [.. FinetuneWarnings.Of(split, census, classes, recipe, source.Warning)];

    /// <summary>Starts a run in <paramref name="outPath"/>, or goes on where the run in it stopped.</summary>
    /// <param name="outPath">Run folder; made where it is missing.</param>
    /// <param name="dataPath">Data set folder, with labels.</param>
    /// <param name="checkpoint">Run folder or .safetensors file whose encoder is fine-tuned.</param>
    /// <param name="recipe">Recipe; must be that of the run in the folder, if there is one.</param>
    /// <param name="origin">For the record.</param>
    /// <param name="log">Receives what a person should know.</param>
    /// <exception cref="Recipes.RecipeException">The recipe cannot run on the data, or differs from the run's.</exception>
    /// <exception cref="LabelException">There are no labels, unknown ones, or too few for the split.</exception>
    /// <exception cref="BandMismatchException">Data set and checkpoint have different bands.</exception>
    /// <exception cref="DatasetException">The data set cannot be used, or differs from the run's.</exception>
    /// <exception cref="CheckpointException">The checkpoint cannot be used or differs from the run's.</exception>
    /// <exception cref="IOException">Another process holds the folder, or it cannot be written to.</exception>
    public static FinetuneRun OpenOrResume(string outPath, string dataPath, string checkpoint, FinetuneRecipe recipe, RunOrigin origin, ILogger log)
    {
        var dataset = Dataset.Open(dataPath);
        _ = recipe.Validated(dataset.Manifest);
        var source = EncoderSource.Open(checkpoint, dataset);
        RunFolder? folder = null;
        try
        {
            var classes = new ClassTable(dataset.Manifest.Classes);
            var census = LabelCensus.Take(dataset, classes);
            var split = LabelledSplit.Of(dataset, census, recipe.Split);
            folder = RunFolder.Claim(outPath);
            var info = RunContinuity.Check(folder, "finetune", recipe, FinetuneRecipe.FreeKeys, recipe.Seed, dataset, log);
            Compute.UseThreads(recipe.Threads);
            var run = new FinetuneRun(folder, dataset, recipe, classes, census, split, source, origin, log);
            run.Resume();
            info.WriteWithStart(folder.InfoPath, origin, run.StepsDone);
            foreach (var warning in run.Warnings)
                log.Warning("{Warning}", warning);
            return run;
        }
        catch
        {
            folder?.Dispose();
            source.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Trains, yielding each step's report, until all steps are done, patience is at its end or <paramref name="cancel"/> is
    /// cancelled; either way the last step ends in a checkpoint. Enumerate it on one thread.
    /// </summary>
    /// <exception cref="DivergenceException">The run went wrong and cannot return to a checkpoint once more.</exception>
    /// <exception cref="DatasetException">A patch cannot be read.</exception>
    /// <exception cref="IOException">A checkpoint cannot be written.</exception>
    public IEnumerable<StepReport> Steps(CancellationToken cancel = default) => loop.Steps(cancel);

    /// <summary>Tests the best weights and writes metrics.json, confusion.csv and report.html.</summary>
    /// <exception cref="InvalidOperationException">The run has not come to its end.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public FinetuneResult Finish(CancellationToken cancel = default)
    {
        if (StepsDone < TotalSteps && !tuner.IsDone)
            throw new InvalidOperationException($"Only {StepsDone} of {TotalSteps} steps are done.");
        if (split.Validation.Count == 0)
            WriteBest(StepsDone);
        using var best = TrainedSegmentation.Open(BestPath, device);
        var classifier = best.Classifier(recipe.TestTimeAugmentation);
        var validation = Score(split.Validation, classifier, cancel);
        var test = Score(split.Test, classifier, cancel);
        var result = Result(best.Description.Provenance.Step, test, validation);
        ScoreFiles.WriteJson(ScoresPath, result);
        if (test is not null)
            ScoreFiles.WriteCsv(ConfusionPath, test, classes);
        var examples = FinetuneExamples.Draw(dataset, split.Test.Count > 0 ? split.Test : split.Train, census, classifier, classes);
        FinetuneReport.Write(folder, result, test, classes, recipe, Evaluations, examples);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        tuner.Dispose();
        normalization.Dispose();
        source.Dispose();
        folder.Dispose();
    }

    private ModelDescription Describe(RunOrigin origin) => new()
    {
        Architecture = ModelDescription.SegmentationArchitecture,
        Segmentation = new SegmentationConfig
        {
            Encoder = source.Description.Encoder,
            Classes = classes.Count,
            Decoder = recipe.Decoder,
            DecoderWidth = recipe.DecoderWidth,
        },
        Bands = source.Description.Bands,
        WavelengthsNm = dataset.Manifest.WavelengthsNm,
        Mean = source.Description.Mean,
        StandardDeviation = source.Description.StandardDeviation,
        NoData = dataset.Manifest.NoData,
        PixelSizeM = dataset.Manifest.PixelSizeM,
        Classes = [.. classes.Select(item => new ModelClass(item.Code, item.Name, item.Color))],
        Provenance = new Provenance(origin.ProgramVersion, origin.RecipeName, dataset.Manifest.Fingerprint, Step: 0),
    };

    private SegmentationModel FirstNetwork()
    {
        var network = new SegmentationModel(description.Segmentation!, recipe.Seed);
        if (recipe.InitialWeights == InitialWeights.Checkpoint)
            source.LoadInto(network);
        if (recipe.SpectralProbe && recipe.Decoder == SegmentationDecoder.Fusion)
            SpectralProbe.Fit(network, dataset, split.Train, classes, normalization, device);
        network.to(device);
        return network;
    }

    private TrainingViews Views()
    {
        var window = description.Encoder.PatchSize;
        int? crop = window < dataset.Manifest.PatchSize ? window : null;
        return new TrainingViews(recipe.Augmentation, crop, recipe.Seed, normalization, dataset.Manifest.NoData, device);
    }

    private void Resume()
    {
        loop.Resume();
        if (tuner.Progress.Split != split.Checksum)
            throw new LabelException($"{folder.Path} was begun with another split of the same data set. Restore the split file that the run began with, or choose another --out.");
        if (tuner.Progress.InitialWeights == source.Checksum)
            return;
        throw new CheckpointException(
            $"{folder.Path} was begun with the weights {tuner.Progress.InitialWeights}, but {source.Path} holds {source.Checksum}. " +
            "Use the checkpoint that the run began with, or another --out.");
    }

    private Evaluation? EvaluateIfDue(long steps)
    {
        if (split.Validation.Count == 0 || (steps % recipe.StepsPerEvaluation(split.Train.Count) != 0 && steps != TotalSteps))
            return null;
        return tuner.WithAverage(() =>
        {
            var classifier = new NetworkClassifier(tuner.Network, normalization, dataset.Manifest.NoData, device, testTimeAugmentation: false);
            var scores = SegmentationScores.Of(Score(split.Validation, classifier, CancellationToken.None)!, classes);
            var evaluation = new Evaluation(steps, scores.OverallAccuracy, scores.MacroF1, scores.MeanIou);
            if (tuner.Progress.Best(recipe.SelectBy) is not { } best || evaluation.Score(recipe.SelectBy) > best.Score(recipe.SelectBy))
                WriteWeights(steps);
            return evaluation;
        });
    }

    private void WriteBest(long steps) => tuner.WithAverage(() =>
    {
        WriteWeights(steps);
        return true;
    });

    private void WriteWeights(long steps)
    {
        using var scope = NewDisposeScope();
        var tensors = tuner.Network.state_dict().ToDictionary(item => "model." + item.Key, item => item.Value);
        var saved = description with { Provenance = description.Provenance with { Step = steps } };
        SafeTensorsFile.Write(BestPath, tensors, new Dictionary<string, string> { [ModelDescription.MetadataKey] = saved.ToJson() });
    }

    private ConfusionMatrix? Score(IReadOnlyList<int> patches, IWindowClassifier classifier, CancellationToken cancel) => patches.Count == 0
        ? null
        : new PatchScoring(dataset, patches, classes, EvaluationBatch, recipe.LoaderThreads).Score(classifier, cancel);

    private FinetuneResult Result(long bestStep, ConfusionMatrix? test, ConfusionMatrix? validation)
    {
        var trained = census.Total(split.Train);
        var majority = Array.IndexOf(trained, trained.Max());
        return new FinetuneResult
        {
            Steps = StepsDone,
            BestStep = bestStep,
            Checkpoint = source.Path,
            InitialWeights = recipe.InitialWeights == InitialWeights.Checkpoint ? "checkpoint" : "random",
            Split = split.Summary(census),
            Test = test is null ? null : SegmentationScores.Of(test, classes),
            Majority = test is null ? null : SegmentationScores.Of(test.IfAlways(majority), classes),
            MajorityClass = classes[majority].Name,
            Validation = validation is null ? null : SegmentationScores.Of(validation, classes),
            Warnings = Warnings,
        };
    }
}
