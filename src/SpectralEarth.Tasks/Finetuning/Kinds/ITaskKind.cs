using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Reports;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Metrics;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>What the kinds of tasks do differently in fine-tuning: the network, its loss, its predictions and what a report shows.</summary>
internal interface ITaskKind : IDisposable
{
    /// <summary>Completes a description by the network's shape and what it predicts.</summary>
    /// <param name="common">Bands, statistics and origin.</param>
    ModelDescription Describe(ModelDescription common);

    /// <summary>The network of a description on the CPU, with first weights drawn from a seed.</summary>
    TaskModel Build(ModelDescription description, long seed);

    /// <summary>Prepares the head of a network whose encoder has its weights, before anything is trained; most kinds have nothing to prepare.</summary>
    void Prepare(TaskModel network)
    {
    }

    /// <summary>Loss of a batch, a scalar with gradients.</summary>
    Tensor Loss(TaskModel network, PatchBatch batch, long step);

    /// <summary>Predicts patches beside their labels.</summary>
    /// <param name="network">Network on the run's device.</param>
    /// <param name="patches">Catalog indices.</param>
    /// <param name="testTimeAugmentation">Whether to average over the eight flips and turns.</param>
    /// <param name="cancel">Stops between batches.</param>
    IScoreStore Predict(TaskModel network, IReadOnlyList<int> patches, bool testTimeAugmentation, CancellationToken cancel);

    /// <summary>The best answer that does not look at the image, on the same patches, and its name.</summary>
    (string Name, IScoreStore Store) Constant(IScoreStore test);

    /// <summary>Files beside metrics.json that the test gives, for example its confusion matrix; most kinds give none.</summary>
    void WriteTest(string folder, IScoreStore test)
    {
    }

    /// <summary>Scores whose course over the run is drawn, by key.</summary>
    IReadOnlyList<string> Course { get; }

    /// <summary>Adds to a report how the scores come about: per class, or per target.</summary>
    /// <param name="page">Report.</param>
    /// <param name="scored">Predictions of the test, or of another part where there is no test.</param>
    /// <param name="part">Name of the part, for headings: "test".</param>
    void AddScored(ReportPage page, IScoreStore scored, string part);

    /// <summary>Adds to a report what is labelled in the parts of the split.</summary>
    void AddLabels(ReportPage page, SplitSummary split);

    /// <summary>Adds patches with their labels and predictions to a report.</summary>
    void AddExamples(ReportPage page, TaskModel network, IReadOnlyList<int> patches);
}
