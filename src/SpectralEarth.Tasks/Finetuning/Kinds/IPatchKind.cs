using SpectralEarth.Models;
using SpectralEarth.Reports;
using SpectralEarth.Tasks.Metrics;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>A kind of task about whole patches, whatever answers: K numbers for each, of sets of classes their probabilities, else standardised.</summary>
internal interface IPatchKind : ITaskKind
{
    private const int ShownPatches = 12, WantedSide = 192;

    /// <summary>Data, recipe and split.</summary>
    TaskSetup Setup { get; }

    /// <summary>The right answer for a patch, [K]: 1 or 0 for each class, or numbers at mean 0 and deviation 1 of the training patches.</summary>
    double[] Truth(int patch);

    /// <summary>The answers, [B, K], that a network's outputs, [B, K], mean.</summary>
    Tensor Answer(Tensor outputs);

    /// <summary>Sets answers, [K] each, beside the labels.</summary>
    IScoreStore Score(IEnumerable<(int Patch, float[] Answer)> answers);

    /// <summary>Labels and answer of a patch in words.</summary>
    string Caption(int patch, float[] answer);

    /// <summary>Adds the first patches with their labels and answers to a report.</summary>
    void AddExamples(ReportPage page, IEnumerable<(int Patch, float[] Answer)> answers) =>
        page.Gallery([.. answers.Take(ShownPatches).Select(item => (Picture(item.Patch), Caption(item.Patch, item.Answer)))]);

    IScoreStore ITaskKind.Predict(TaskModel network, IReadOnlyList<int> patches, bool testTimeAugmentation, CancellationToken cancel) =>
        Score(Answers(network, patches, testTimeAugmentation, cancel));

    void ITaskKind.AddExamples(ReportPage page, TaskModel network, IReadOnlyList<int> patches) =>
        AddExamples(page, Answers(network, [.. patches.Take(ShownPatches)], Setup.Recipe.TestTimeAugmentation, CancellationToken.None));

    private Picture Picture(int patch) =>
        PatchPicture.Of(Setup.Dataset.Read(patch), Setup.Dataset.Manifest).Enlarged(Math.Max(1, WantedSide / Setup.Dataset.Manifest.PatchSize));

    private IEnumerable<(int Patch, float[] Answer)> Answers(TaskModel network, IReadOnlyList<int> patches, bool testTimeAugmentation, CancellationToken cancel) =>
        Setup.Outputs(network).Of(patches, TaskSetup.EvaluationBatch, testTimeAugmentation, Answer, cancel);
}
