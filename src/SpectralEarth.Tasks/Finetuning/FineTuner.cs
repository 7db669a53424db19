using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Finetuning.Kinds;
using SpectralEarth.Training;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>A network of some kind of task with its optimizer and the running average of its weights.</summary>
internal sealed class FineTuner : ITrainee
{
    private readonly FinetuneRecipe recipe;
    private readonly ITaskKind kind;
    private readonly Protocol protocol;
    private readonly LearningRateSchedule schedule;
    private readonly ModuleBuffers buffers;
    private readonly Tensor average;
    private readonly Func<long, Evaluation?> evaluate;
    private readonly double stepsPerEpoch;
    private FinetuneNotes notes;

    /// <param name="recipe">Valid recipe.</param>
    /// <param name="kind">What the task asks for; stays its owner's.</param>
    /// <param name="network">Network on its device with its first weights; this object disposes it.</param>
    /// <param name="patches">Training patches.</param>
    /// <param name="initialWeights">Checksum of the first weights.</param>
    /// <param name="split">Checksum of the split.</param>
    /// <param name="evaluate">Called after each step with the steps done; gives scores when an evaluation was due.</param>
    public FineTuner(
        FinetuneRecipe recipe, ITaskKind kind, TaskNetwork network, int patches, string initialWeights, string split, Func<long, Evaluation?> evaluate)
    {
        (this.recipe, this.kind, Network, this.evaluate, protocol) = (recipe, kind, network, evaluate, new Protocol(recipe));
        stepsPerEpoch = (double)patches / recipe.BatchSize;
        schedule = new LearningRateSchedule(recipe.Schedule, recipe.Optimizer.LearningRate, recipe.TotalSteps(patches), stepsPerEpoch);
        protocol.Freeze(network);
        Parameters = new FlatParameters(network.Module.named_parameters(), LayerDecay.Rules(network.Encoder, recipe.LayerDecay, recipe.Optimizer));
        Optimizer = new AdamW(Parameters, recipe.Optimizer);
        buffers = new ModuleBuffers(network.Module);
        average = Parameters.Values.clone().DetachFromDisposeScope();
        notes = new FinetuneNotes { InitialWeights = initialWeights, Split = split };
    }

    /// <summary>The network.</summary>
    public TaskNetwork Network { get; }

    /// <inheritdoc/>
    public FlatParameters Parameters { get; }

    /// <inheritdoc/>
    public AdamW Optimizer { get; }

    /// <summary>Evaluations so far and the origin of the weights.</summary>
    public FinetuneNotes Progress => notes;

    /// <inheritdoc/>
    public bool IsDone => recipe.Patience is { } patience && notes.Stale(recipe.Selection) >= patience;

    Module ITrainee.Network => Network.Module;

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
        average.Dispose();
        buffers.Dispose();
        Optimizer.Dispose();
        Parameters.Dispose();
        Network.Dispose();
    }

    private StepReport Step(long step, PatchBatch batch)
    {
        using var scope = NewDisposeScope();
        protocol.EnterTraining(Network);
        Parameters.ZeroGradients();
        buffers.Remember();

        var loss = kind.Loss(Network, batch, step);
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

    private void Average(long step)
    {
        using var frozen = no_grad();
        // Early on, the average follows quickly: the first weights say nothing.
        var kept = Math.Min(recipe.AverageDecay, (step + 1.0) / (step + 10));
        average.mul_(kept).add_(Parameters.Values, 1 - kept);
    }

    private void Put(Tensor values)
    {
        using var frozen = no_grad();
        Parameters.Values.copy_(values);
    }
}
