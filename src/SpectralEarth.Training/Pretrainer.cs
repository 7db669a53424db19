using SpectralEarth.Shards.Loading;
using SpectralEarth.Training.Distributed;
using SpectralEarth.Training.Measuring;
using SpectralEarth.Training.Objectives;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Training;

/// <summary>A network that learns by an objective, with its optimizer: all that one step needs and all that a checkpoint must hold.</summary>
internal sealed class Pretrainer : ITrainee
{
    private readonly IObjective objective;
    private readonly TrainingStep training;

    /// <param name="recipe">Valid recipe.</param>
    /// <param name="objective">What the network learns by; the pretrainer disposes it.</param>
    /// <param name="samples">Samples in an epoch.</param>
    /// <param name="shared">The ranks that share every batch; null if this process has it alone.</param>
    public Pretrainer(PretrainRecipe recipe, IObjective objective, int samples, RankBatch? shared = null)
    {
        this.objective = objective;
        training = new TrainingStep(objective.Network, recipe.Optimizer.Rules(), recipe, samples, shared);
        objective.Begin(training.Parameters);
        Network.train();
    }

    public Module Network => objective.Network;

    Module ITrainee.Network => objective.Kept;

    /// <summary>All that is trained or tracked, but for the part that checkpoints hold as the model.</summary>
    IReadOnlyDictionary<string, Tensor> ITrainee.Memory
    {
        get
        {
            var kept = objective.Kept.state_dict().Values.Select(tensor => tensor.Handle).ToHashSet();
            return Network.state_dict().Where(item => !kept.Contains(item.Value.Handle)).ToDictionary(item => item.Key, item => item.Value);
        }
    }

    public StepCost? Cost { get; init; }

    public FlatParameters Parameters => training.Parameters;

    public FlatOptimizer Optimizer => training.Optimizer;

    void ITrainee.Resumed(long stepsDone) => objective.Resumed(stepsDone);

    public StepReport Train(long index, IReadOnlyList<PatchBatch> parts)
    {
        var report = training.Run(index, parts, part => objective.Loss(part, index), () => objective.AdjustGradients(index));
        objective.EndStep(index, report.IsFinite);
        return report;
    }

    public void Dispose()
    {
        training.Dispose();
        objective.Dispose();
    }
}
