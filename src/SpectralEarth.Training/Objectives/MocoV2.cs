using SpectralEarth.Models.Contrastive;
using SpectralEarth.Randomness;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Objectives;

/// <summary>MoCo v2: see <see cref="MomentumContrast"/>.</summary>
internal sealed class MocoV2(MocoV2Recipe recipe, MomentumContrast network, TrainingViews views, ViewPlan plan, RunLength length, long seed)
    : ViewObjective(network, network.Networks, network.Networks.Online.Encoder, views, plan, recipe.Momentum, length)
{
    public override string LossName => "Cross entropy of the own key among the queue's";

    protected override Tensor Loss(IReadOnlyList<Tensor> seen, long step) => network.Loss(seen[0], seen[1]);

    protected override void Remember(bool isUsed) => network.EndStep(isUsed);

    public override void Resumed(long step)
    {
        if (!recipe.QueueRestored)
            network.Queue.Reset(new SeededRandom(seed, "queue-after-resume", step).NextSeed());
    }
}
