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
    /// <param name="patches">Patches in the data set.</param>
    public Pretrainer(PretrainRecipe recipe, IObjective objective, int patches)
    {
        (this.recipe, this.objective) = (recipe, objective);
        stepsPerEpoch = recipe.StepsPerEpoch(patches);
        schedule = new LearningRateSchedule(recipe.Schedule, recipe.Optimizer.LearningRate, recipe.TotalSteps(patches), stepsPerEpoch);
        Parameters = new FlatParameters(Network.named_parameters(), recipe.Optimizer.Rules());
        Optimizer = new AdamW(Parameters, recipe.Optimizer);
        buffers = new ModuleBuffers(Network);
        Network.train();
    }

    public Module Network => objective.Network;

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
