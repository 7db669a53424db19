using SpectralEarth.Models;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>A segmentation network with its optimizer and the running average of its weights.</summary>
internal sealed class FineTuner : ITrainee
{
    private readonly FinetuneRecipe recipe;
    private readonly TrainingViews views;
    private readonly ClassTable classes;
    private readonly TrainingStep training;
    private readonly ParameterAverage average;
    private readonly Tensor classWeights;
    private readonly Func<long, Evaluation?> evaluate;
    private FinetuneNotes notes;

    /// <param name="recipe">Valid recipe.</param>
    /// <param name="network">Network on <paramref name="device"/> with its first weights; this object disposes it.</param>
    /// <param name="views">Images for a batch.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="pixels">Labelled training pixels per class.</param>
    /// <param name="patches">Training patches.</param>
    /// <param name="initialWeights">Checksum of the first weights.</param>
    /// <param name="split">Checksum of the split.</param>
    /// <param name="evaluate">Called after each step with the steps done; gives scores when an evaluation was due.</param>
    /// <param name="device">Where the network is.</param>
    public FineTuner(
        FinetuneRecipe recipe, SegmentationModel network, TrainingViews views, ClassTable classes, IReadOnlyList<long> pixels,
        int patches, string initialWeights, string split, Func<long, Evaluation?> evaluate, Device device)
    {
        (this.recipe, Network, this.views, this.classes, this.evaluate) = (recipe, network, views, classes, evaluate);
        Freeze();
        training = new TrainingStep(network, LayerDecay.Rules(network.Encoder, recipe.LayerDecay, recipe.Optimizer), recipe, patches);
        average = new ParameterAverage(Parameters);
        classWeights = tensor(recipe.Loss.Weights(pixels), device: device).DetachFromDisposeScope();
        notes = new FinetuneNotes { InitialWeights = initialWeights, Split = split };
    }

    /// <summary>The network.</summary>
    public SegmentationModel Network { get; }

    /// <inheritdoc/>
    public FlatParameters Parameters => training.Parameters;

    /// <inheritdoc/>
    public FlatOptimizer Optimizer => training.Optimizer;

    /// <summary>Evaluations so far and the origin of the weights.</summary>
    public FinetuneNotes Progress => notes;

    /// <inheritdoc/>
    public bool IsDone => recipe.Patience is { } patience && notes.Stale(recipe.SelectBy) >= patience;

    Module ITrainee.Network => Network;

    IReadOnlyDictionary<string, Tensor> ITrainee.Memory => new Dictionary<string, Tensor> { ["average"] = average.Values };

    string ITrainee.Notes
    {
        get => notes.ToJson();
        set => notes = FinetuneNotes.FromJson(value);
    }

    /// <inheritdoc/>
    public StepReport Train(long index, IReadOnlyList<PatchBatch> parts)
    {
        EnterTraining();
        var report = training.Run(index, parts, part => Loss(index, part));
        // Early on, the average follows quickly: the first weights say nothing.
        if (report.IsFinite)
            average.Follow(Math.Min(recipe.AverageDecay, (index + 1.0) / (index + 10)));
        if (evaluate(index + 1) is { } evaluation)
            notes = notes with { Evaluations = [.. notes.Evaluations, evaluation] };
        return report;
    }

    /// <summary>Runs <paramref name="use"/> while the network has the averaged weights.</summary>
    public T WithAverage<T>(Func<T> use) => average.Use(use);

    /// <inheritdoc/>
    public void Dispose()
    {
        classWeights.Dispose();
        average.Dispose();
        training.Dispose();
        Network.Dispose();
    }

    private Tensor Loss(long step, PatchBatch part)
    {
        using var scope = NewDisposeScope();
        var reference = LabelCensus.Reference(part.Labels, part.Validity, classes);
        var (images, _, labels) = views.WithRaster(part, reference, step);
        return Loss(Network.forward(images), labels.to_type(ScalarType.Int64)).MoveToOuterDisposeScope();
    }

    /// <summary>Weighted cross-entropy of the labelled pixels; 0 if there is none.</summary>
    /// <param name="logits">[B, L, S, S].</param>
    /// <param name="labels">Class indices, int64 [B, S, S]; <see cref="ConfusionMatrix.Ignore"/> where there is no label.</param>
    private Tensor Loss(Tensor logits, Tensor labels)
    {
        var sum = functional.cross_entropy(logits, labels, classWeights, ignore_index: ConfusionMatrix.Ignore,
            reduction: Reduction.Sum, label_smoothing: recipe.Loss.LabelSmoothing);
        var labelled = labels.ne(ConfusionMatrix.Ignore);
        var weight = classWeights.index_select(0, labels.masked_select(labelled)).sum();
        return sum / weight.clamp_min(1e-6);
    }

    private void Freeze()
    {
        foreach (var (name, parameter) in Network.Encoder.named_parameters())
        {
            // Positions are frozen from the start.
            if (IsFrozen(name.StartsWith("spectral_adapter.", StringComparison.Ordinal)))
                parameter.requires_grad = false;
        }
    }

    private void EnterTraining()
    {
        Network.train();
        if (IsFrozen(isAdapter: true) || recipe.AdapterStatistics == AdapterStatistics.Frozen)
            Network.Encoder.Adapter?.eval();
    }

    private bool IsFrozen(bool isAdapter) => recipe.Freeze switch
    {
        FrozenPart.None => false,
        FrozenPart.Adapter => isAdapter,
        FrozenPart.AllButAdapter => !isAdapter,
        FrozenPart.Encoder => true,
        _ => throw new InvalidOperationException($"freeze {recipe.Freeze} is not known."),
    };
}
