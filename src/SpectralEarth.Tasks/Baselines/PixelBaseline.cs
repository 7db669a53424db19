using SpectralEarth.Reports;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Features;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Finetuning.Kinds;
using SpectralEarth.Tasks.Metrics;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>A class for each pixel by the pixel's own numbers.</summary>
/// <param name="setup">Data, recipe and split.</param>
/// <param name="classes">Classes.</param>
/// <param name="features">Numbers of all pixels of a batch, float32 [B, F, H, W], on the CPU.</param>
/// <param name="model">Model; stays its owner's.</param>
internal sealed class PixelBaseline(TaskSetup setup, ClassTable classes, Func<PatchBatch, Tensor> features, ISampleModel model) : IBaseline
{
    private readonly PixelClassifier classifier = new(setup.Dataset.Manifest, features, model, classes.Count);

    /// <inheritdoc/>
    public void Fit(IReadOnlyList<int> patches, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var (inputs, labels) = PixelSample.Take(setup.Dataset, patches, classes, features);
        model.Fit(inputs, nn.functional.one_hot(labels, classes.Count).to_type(ScalarType.Float64));
    }

    /// <inheritdoc/>
    public IScoreStore Score(IReadOnlyList<int> patches, CancellationToken cancel) =>
        new PatchScoring(setup.Dataset, patches, classes, TaskSetup.EvaluationBatch, setup.Recipe.LoaderThreads).Score(classifier, cancel);

    /// <inheritdoc/>
    public void AddExamples(ReportPage page, IReadOnlyList<int> patches) =>
        FinetuneExamples.AddTo(page, setup, classes, classifier, patches);
}
