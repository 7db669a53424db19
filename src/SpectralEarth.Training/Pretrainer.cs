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
    private readonly TrainingStep training;
    private readonly Device device;

    /// <param name="recipe">Valid recipe.</param>
    /// <param name="network">Network on <paramref name="device"/>; the pretrainer disposes it.</param>
    /// <param name="views">Images for a batch.</param>
    /// <param name="patches">Patches in the data set.</param>
    /// <param name="device">Where the network is.</param>
    public Pretrainer(PretrainRecipe recipe, MaskedAutoencoder network, TrainingViews views, int patches, Device device)
    {
        (this.recipe, Network, this.views, this.device) = (recipe, network, views, device);
        training = new TrainingStep(network, recipe.Optimizer.Rules(), recipe, patches);
        network.train();
    }

    public MaskedAutoencoder Network { get; }

    Module ITrainee.Network => Network;

    public FlatParameters Parameters => training.Parameters;

    public FlatOptimizer Optimizer => training.Optimizer;

    public StepReport Train(long index, IReadOnlyList<PatchBatch> parts) => training.Run(index, parts, part => Loss(index, part));

    public void Dispose()
    {
        training.Dispose();
        Network.Dispose();
    }

    private Tensor Loss(long step, PatchBatch part)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)new SeededRandom(recipe.Seed, "mask", step, part.FirstSample).NextSeed());
        var (images, validity) = views.Of(part, step);
        using var drawn = Network.DrawMask(images.shape[0], random);
        using var mask = drawn.To(device);
        return Network.Loss(images, mask, recipe.ValidPixelsOnly ? validity : null).MoveToOuterDisposeScope();
    }
}
