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
    private readonly LearningRateSchedule schedule;
    private readonly ModuleBuffers buffers;
    private readonly Tensor average, classWeights;
    private readonly Func<long, Evaluation?> evaluate;
    private readonly double stepsPerEpoch;
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
        stepsPerEpoch = (double)patches / recipe.BatchSize;
        schedule = new LearningRateSchedule(recipe.Schedule, recipe.Optimizer.LearningRate, recipe.TotalSteps(patches), stepsPerEpoch);
        Freeze();
        Parameters = new FlatParameters(network.named_parameters(), LayerDecay.Rules(network.Encoder, recipe.LayerDecay, recipe.Optimizer));
        Optimizer = new AdamW(Parameters, recipe.Optimizer);
        buffers = new ModuleBuffers(network);
        average = Parameters.Values.clone().DetachFromDisposeScope();
        classWeights = tensor(recipe.Loss.Weights(pixels), device: device).DetachFromDisposeScope();
        notes = new FinetuneNotes { InitialWeights = initialWeights, Split = split };
    }

    /// <summary>The network.</summary>
    public SegmentationModel Network { get; }

    /// <inheritdoc/>
    public FlatParameters Parameters { get; }

    /// <inheritdoc/>
    public AdamW Optimizer { get; }

    /// <summary>Evaluations so far and the origin of the weights.</summary>
    public FinetuneNotes Progress => notes;

    /// <inheritdoc/>
    public bool IsDone => recipe.Patience is { } patience && notes.Stale(recipe.SelectBy) >= patience;

    Module ITrainee.Network => Network;

    IReadOnlyDictionary<string, Tensor> ITrainee.Memory => new Dictionary<string, Tensor> { ["average"] = average };

    string ITrainee.Notes
    {
        get => notes.ToJson();
        set => notes = FinetuneNotes.FromJson(value);
    }

    /// <inheritdoc/>
    public StepReport Train(long index, PatchBatch batch)
    {
        var report = Step(index, batch);
        if (evaluate(index + 1) is { } evaluation)
            notes = notes with { Evaluations = [.. notes.Evaluations, evaluation] };
        return report;
    }

    /// <summary>Runs <paramref name="use"/> while the network has the averaged weights.</summary>
    public T WithAverage<T>(Func<T> use)
    {
        using var own = Parameters.Values.clone().DetachFromDisposeScope();
        Put(average);
        try
        {
            return use();
        }
        finally
        {
            Put(own);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        classWeights.Dispose();
        average.Dispose();
        buffers.Dispose();
        Optimizer.Dispose();
        Parameters.Dispose();
        Network.Dispose();
    }

    private StepReport Step(long step, PatchBatch batch)
    {
        using var scope = NewDisposeScope();
        EnterTraining();
        Parameters.ZeroGradients();
        buffers.Remember();

        var reference = LabelCensus.Reference(batch.Labels, batch.Validity, classes);
        var (images, _, labels) = views.WithRaster(batch, reference, step);
        var loss = Loss(Network.forward(images), labels.to_type(ScalarType.Int64));
        loss.backward();

        var norm = Parameters.ClipGradients(recipe.Optimizer.ClipGradients);
        var report = new StepReport(step + 1, (step + 1) / stepsPerEpoch, loss.item<float>(), schedule.At(step), norm);
        if (!report.IsFinite)
        {
            buffers.Restore();
            return report;
        }

        Optimizer.Step(report.LearningRate);
        Average(step);
        return report;
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

    private void Average(long step)
    {
        using var frozen = no_grad();
        // Early on, the average follows quickly: the first weights say nothing.
        var kept = Math.Min(recipe.AverageDecay, (step + 1.0) / (step + 10));
        average.mul_(kept).add_(Parameters.Values, 1 - kept);
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

    private void Put(Tensor values)
    {
        using var frozen = no_grad();
        Parameters.Values.copy_(values);
    }
}
