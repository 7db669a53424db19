using SpectralEarth.Models.Contrastive;
using SpectralEarth.Randomness;
using SpectralEarth.Shards.Loading;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Objectives;

/// <summary>MoCo v2: see <see cref="MomentumContrast"/>.</summary>
internal sealed class MocoV2(MocoV2Recipe recipe, MomentumContrast network, TrainingViews views, ViewPlan plan, RunLength length, long seed)
    : ViewObjective(network, network.Networks, network.Networks.Online.Encoder, views)
{
    private readonly TrainingViews views = views;

    public override string LossName => "Cross entropy of the own key among the queue's";

    public override Tensor Loss(PatchBatch batch, long step)
    {
        using var scope = NewDisposeScope();
        var pair = views.Of(batch, step, plan);
        return network.Loss(pair[0], pair[1]).MoveToOuterDisposeScope();
    }

    protected override double KeptShare(long step) => recipe.Momentum.At(step, length);

    protected override void Remember(bool isUsed) => network.EndStep(isUsed);

    public override void Resumed(long step)
    {
        if (!recipe.QueueRestored)
            network.Queue.Reset(new SeededRandom(seed, "queue-after-resume", step).NextSeed());
    }
}
