using SpectralEarth.Shards.Loading;
using SpectralEarth.Training.Objectives;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Training;

/// <summary>A network that learns by an objective, with its optimizer: all that one step needs and all that a checkpoint must hold.</summary>
internal sealed class Pretrainer : ITrainee
{
    private readonly PretrainRecipe recipe;
    private readonly IObjective objective;
    private readonly LearningRateSchedule schedule;
    private readonly ModuleBuffers buffers;
    private readonly double stepsPerEpoch;

    /// <param name="recipe">Valid recipe.</param>
    /// <param name="objective">What the network learns by; the pretrainer disposes it.</param>
    /// <param name="samples">Samples in an epoch.</param>
    public Pretrainer(PretrainRecipe recipe, IObjective objective, int samples)
    {
        (this.recipe, this.objective) = (recipe, objective);
        stepsPerEpoch = recipe.StepsPerEpoch(samples);
        schedule = new LearningRateSchedule(recipe.Schedule, recipe.Optimizer.LearningRate, recipe.TotalSteps(samples), stepsPerEpoch);
        Parameters = new FlatParameters(Network.named_parameters(), recipe.Optimizer.Rules());
        Optimizer = new AdamW(Parameters, recipe.Optimizer);
        buffers = new ModuleBuffers(Network);
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

    public FlatParameters Parameters { get; }

    public AdamW Optimizer { get; }

    StepReport ITrainee.Train(long index, PatchBatch batch) => Step(index, batch);

    /// <summary>
    /// Runs one optimizer step, counted from 0. Synchronous on purpose: a dispose scope belongs to one thread. Where loss
    /// or gradient is not finite, the report says so and the network is as before.
    /// </summary>
    public StepReport Step(long step, PatchBatch batch)
    {
        using var scope = NewDisposeScope();
        Parameters.ZeroGradients();
        buffers.Remember();

        var loss = objective.Loss(batch, step);     // scalar
        loss.backward();
        objective.AdjustGradients(step);

        var norm = Parameters.ClipGradients(recipe.Optimizer.ClipGradients);
        var report = new StepReport(step + 1, (step + 1) / stepsPerEpoch, loss.item<float>(), schedule.At(step), norm);
        if (report.IsFinite)
            Optimizer.Step(report.LearningRate);
        else
            buffers.Restore();
        return report;
    }

    public void Dispose()
    {
        buffers.Dispose();
        Optimizer.Dispose();
        Parameters.Dispose();
        objective.Dispose();
    }
}
