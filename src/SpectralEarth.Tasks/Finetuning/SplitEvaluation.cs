using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Finetuning.Kinds;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training;
using SpectralEarth.Training.Runs;
using TorchSharp;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>Scores a fine-tuned network on the labelled patches of a data set, or of a part of its split.</summary>
public static class SplitEvaluation
{
    /// <summary>Scores the network; with a folder, writes metrics.json, report.html, confusion.csv of tasks with one class for each place, and predictions.csv of tasks about patches into it.</summary>
    /// <param name="checkpoint">Fine-tuning run or file.</param>
    /// <param name="dataPath">Data set folder, with labels of the network's task.</param>
    /// <param name="options">Part of the split, and how to predict.</param>
    /// <param name="progress">Told the share of the patches that is predicted, 0 to 1.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="CheckpointException">The checkpoint is not of a fine-tuned network, or cannot be used.</exception>
    /// <exception cref="BandMismatchException">Data set and checkpoint have different bands.</exception>
    /// <exception cref="LabelException">The data set has other classes or targets, or nothing labelled in the part.</exception>
    /// <exception cref="DatasetException">The data set or its split cannot be used.</exception>
    /// <exception cref="DivergedNetworkException">The network answers no numbers.</exception>
    /// <exception cref="IOException">The folder is that of a run or a data set, or cannot be written to.</exception>
    public static EvaluationResult Run(string checkpoint, string dataPath, EvaluationOptions options, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        if (options.OutPath is { } target)
            RunFolder.RequireForeign(target);
        using var source = EncoderSource.Open(checkpoint, Dataset.Open(dataPath), isNetwork: true);
        var dataset = source.Dataset;
        var description = source.Description;
        var task = TaskOf(description, source.Checkpoint.Path);
        CheckLabels(description, task, dataset, source.Checkpoint.Path);
        var classes = task == TaskType.Regression ? null : ClassTable.Of(description);
        var census = LabelCensus.Take(dataset, classes, task);
        var run = CheckpointRun.Of(source.Checkpoint.Path, dataset);
        var part = EvaluatedPart.Of(dataset, census, options, run);
        var augmented = options.TestTimeAugmentation ?? (run.Recipe ?? new FinetuneRecipe()).TestTimeAugmentation;
        var device = Compute.Select(options.Device);
        using var normalization = description.Normalization(device);
        var setup = new TaskSetup
        {
            Dataset = dataset,
            Recipe = new FinetuneRecipe { Task = task, TestTimeAugmentation = augmented },
            Census = census,
            Split = LabelledSplit.TestOnly(part.Patches, part.Split.By, dataset.Catalog.Count - census.LabelledPatches.Count),
            Normalization = normalization,
            Device = device,
            WindowSize = description.Encoder.PatchSize,
            NetworkPath = source.Checkpoint.Path,
            Progress = progress,
        };
        using var kind = TaskKinds.Of(setup, classes, description.Targets);
        using var network = kind.Build(description, seed: 0);
        source.Checkpoint.LoadAllInto(network);
        network.to(device);
        var store = kind.Predict(network, part.Patches, augmented, cancel);
        var scores = store.All() ?? throw new LabelException($"{dataset.Path}: no valid pixel of the part '{options.Part}' has a label.");
        var result = new EvaluationResult
        {
            Task = KeyNames.Of(task),
            Checkpoint = source.Checkpoint.Path,
            Data = dataset.Path,
            Part = options.Part,
            Split = part.Split,
            TestTimeAugmentation = augmented,
            Patches = part.Patches.Count,
            Test = scores,
            TestIntervals = Bootstrap.Intervals(store, run.Recipe?.Seed ?? 1),
            Warnings =
            [
                .. part.Warnings(), .. new[] { source.Warning }.OfType<string>(), .. OfEmptyBands(description, dataset, part.Patches),
                .. new[] { (scores as ConfusionScores)?.Warning() }.OfType<string>(),
            ],
        };
        if (options.OutPath is { } folder)
            Write(folder, result, kind, network, store, dataset, part.Patches);
        return result;
    }

    /// <summary>Warns of scenes without data in bands that the network learned.</summary>
    private static IEnumerable<string> OfEmptyBands(ModelDescription description, Dataset dataset, IReadOnlyList<int> patches)
    {
        var scored = patches.Select(index => dataset.Catalog[index].SceneId).ToHashSet(StringComparer.Ordinal);
        var lacking = (SceneTable.Read(dataset.Path) ?? []).Where(scene => scored.Contains(scene.SceneId))
            .Select(scene => (scene.SceneId, Bands: BandMatch.EmptyOnlyHere(description, scene.EmptyBands))).Where(scene => scene.Bands.Count > 0).ToArray();
        if (lacking.Length > 0)
        {
            yield return $"{SceneTable.OfEmptyBands(lacking, scored.Count)}. " +
                "The network learned them and sees their mean instead: expect worse scores. Fetch these products again, or train on data tiled without these bands (tile --bands).";
        }
    }

    private static TaskType TaskOf(ModelDescription description, string path) => description switch
    {
        { Segmentation: not null } => TaskType.Segmentation,
        { Classification: { } patches } => patches.MultiLabel ? TaskType.MultiLabel : TaskType.Classification,
        { Regression: not null } => TaskType.Regression,
        _ => throw new CheckpointException($"{path}: this is a checkpoint of architecture \"{description.Architecture}\", not of a fine-tuned network. Use a run of finetune."),
    };

    private static void CheckLabels(ModelDescription description, TaskType task, Dataset dataset, string path)
    {
        string[] found = task == TaskType.Regression ? [.. dataset.Manifest.Targets] : [.. dataset.Manifest.Classes.Select(item => $"{item.Code} {item.Name}")];
        string[] expected = task == TaskType.Regression
            ? [.. description.Targets.Select(target => target.Name)]
            : [.. description.Classes.Select(item => $"{item.Code} {item.Name}")];
        // Where each place has one class, a data set may show some of the classes only; of sets it would not be known whether patches lack the others.
        var hasOne = task is TaskType.Segmentation or TaskType.Classification;
        var fits = hasOne ? found.Length > 0 && !found.Except(expected).Any() : found.SequenceEqual(expected);
        if (fits)
            return;
        throw new LabelException($"{dataset.Path} has {(found.Length > 0 ? string.Join(", ", found) : "no labels of this task")}, but {path} predicts {string.Join(", ", expected)}. " +
            (hasOne ? "Tile the scenes again with --labels and the --classes of the training: codes and names must be equal." : "Use a data set with the same classes or targets."));
    }

    private static void Write(string folder, EvaluationResult result, ITaskKind kind, TaskModel network, IScoreStore store, Dataset dataset, IReadOnlyList<int> patches)
    {
        Directory.CreateDirectory(folder);
        kind.WriteTest(folder, store);
        if (store is IPatchEstimates estimates)
            ScoreFiles.WritePredictions(Path.Combine(folder, ScoreFiles.PredictionsName), patches.Select(index => dataset.Catalog[index]), estimates);
        var page = new ReportPage("Evaluation").Facts(
        [
            ("Checkpoint", result.Checkpoint),
            ("Data set", result.Data),
            ("Part", result.Part),
            ("Split", result.Split.File is { } file ? $"{file} (by {result.Split.By})" : "none: all labelled patches"),
            ("Patches", ScoreText.Of(result.Patches)),
            ("of them on training ground", Known(result.Split.PatchesOnTrainingGround)),
            ("Scenes", ScoreText.Of(result.Split.Scenes)),
            ("of them with training patches", Known(result.Split.ScenesSharedWithTraining)),
            ("Task", result.Task),
        ]);
        foreach (var warning in result.Warnings)
            page.Paragraph("Note: " + warning);
        ScoreSections.AddScores(page, [("This network", result.Test, result.TestIntervals)]);
        kind.AddScored(page, store, result.Part switch { "train" => "training", EvaluationOptions.AllParts => "data set", var part => part });
        page.Heading("Patches");
        kind.AddExamples(page, network, patches);
        page.Write(Path.Combine(folder, "report.html"));
        ScoreFiles.WriteJson(FinetuneRun.ScoresOf(folder), result);
    }

    private static string Known(int? count) => count is { } known ? ScoreText.Of(known) : "not known any more";
}
