using SpectralEarth.Models.Contrastive;
using SpectralEarth.Shards.Loading;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Objectives;

/// <summary>MoCo v3: see <see cref="SymmetricContrast"/>.</summary>
internal sealed class MocoV3(MocoV3Recipe recipe, SymmetricContrast network, TrainingViews views, ViewPlan plan, RunLength length)
    : ViewObjective(network, network.Networks, network.Networks.Online.Encoder, views)
{
    private readonly TrainingViews views = views;

    public override string LossName => "Cross entropy of the own key among the batch's, both ways";

    public override Tensor Loss(PatchBatch batch, long step)
    {
        using var scope = NewDisposeScope();
        var pair = views.Of(batch, step, plan);
        return network.Loss(pair[0], pair[1]).MoveToOuterDisposeScope();
    }

    protected override double KeptShare(long step) => recipe.Momentum.At(step, length);
}
