using SpectralEarth.Models;
using SpectralEarth.Randomness;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Training;

/// <summary>A masked autoencoder with its optimizer: all that one step needs and all that a checkpoint must hold.</summary>
internal sealed class Pretrainer : ITrainee
{
    private readonly PretrainRecipe recipe;
    private readonly TrainingViews views;
    private readonly LearningRateSchedule schedule;
    private readonly ModuleBuffers buffers;
    private readonly Device device;
    private readonly double stepsPerEpoch;

    /// <param name="recipe">Valid recipe.</param>
    /// <param name="network">Network on <paramref name="device"/>; the pretrainer disposes it.</param>
    /// <param name="views">Images for a batch.</param>
    /// <param name="patches">Patches in the data set.</param>
    /// <param name="device">Where the network is.</param>
    public Pretrainer(PretrainRecipe recipe, MaskedAutoencoder network, TrainingViews views, int patches, Device device)
    {
        (this.recipe, Network, this.views, this.device) = (recipe, network, views, device);
        stepsPerEpoch = recipe.StepsPerEpoch(patches);
        schedule = new LearningRateSchedule(recipe.Schedule, recipe.Optimizer.LearningRate, recipe.TotalSteps(patches), stepsPerEpoch);
        Parameters = new FlatParameters(network.named_parameters(), recipe.Optimizer.Rules());
        Optimizer = new AdamW(Parameters, recipe.Optimizer);
        buffers = new ModuleBuffers(network);
        network.train();
    }

    public MaskedAutoencoder Network { get; }

    Module ITrainee.Network => Network;

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
        using var random = new Generator((ulong)new SeededRandom(recipe.Seed, "mask", step).NextSeed());
        Parameters.ZeroGradients();
        buffers.Remember();

        var (images, validity) = views.Of(batch, step);
        using var drawn = Network.DrawMask(images.shape[0], random);
        using var mask = drawn.To(device);
        var loss = Network.Loss(images, mask, recipe.ValidPixelsOnly ? validity : null);     // scalar
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
        Network.Dispose();
    }
}
