using SpectralEarth.Models;
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
    private readonly TrainingStep training;
    private readonly ParameterAverage average;
    private readonly Func<long, Evaluation?> evaluate;
    private FinetuneNotes notes;

    /// <param name="recipe">Valid recipe.</param>
    /// <param name="kind">What the task asks for; stays its owner's.</param>
    /// <param name="network">Network on its device with its first weights; this object disposes it.</param>
    /// <param name="patches">Training patches.</param>
    /// <param name="start">What the run begins with.</param>
    /// <param name="evaluate">Called after each step with the steps done; gives scores when an evaluation was due.</param>
    public FineTuner(
        FinetuneRecipe recipe, ITaskKind kind, TaskModel network, int patches, FinetuneNotes start, Func<long, Evaluation?> evaluate)
    {
        (this.recipe, this.kind, Network, this.evaluate, protocol) = (recipe, kind, network, evaluate, new Protocol(recipe));
        protocol.Freeze(network);
        training = new TrainingStep(network, LayerDecay.Rules(network.Encoder, recipe.LayerDecay, recipe.Optimizer), recipe, patches);
        average = new ParameterAverage(Parameters);
        notes = start;
    }

    /// <summary>The network.</summary>
    public TaskModel Network { get; }

    /// <inheritdoc/>
    public FlatParameters Parameters => training.Parameters;

    /// <inheritdoc/>
    public FlatOptimizer Optimizer => training.Optimizer;

    /// <summary>Evaluations so far and the origin of the weights.</summary>
    public FinetuneNotes Progress => notes;

    /// <inheritdoc/>
    public bool IsDone => recipe.Patience is { } patience && notes.Stale(recipe.Selection) >= patience;

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
        protocol.EnterTraining(Network);
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

    /// <inheritdoc cref="WithAverage{T}"/>
    public void WithAverage(Action use) => average.Use(() =>
    {
        use();
        return true;
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        average.Dispose();
        training.Dispose();
        Network.Dispose();
    }

    private Tensor Loss(long step, PatchBatch part)
    {
        using var scope = NewDisposeScope();
        return kind.Loss(Network, part, step).MoveToOuterDisposeScope();
    }
}
