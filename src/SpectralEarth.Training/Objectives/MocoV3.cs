using SpectralEarth.Models.Contrastive;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Objectives;

/// <summary>MoCo v3: see <see cref="SymmetricContrast"/>.</summary>
internal sealed class MocoV3(MocoV3Recipe recipe, SymmetricContrast network, TrainingViews views, ViewPlan plan, RunLength length)
    : ViewObjective(network, network.Networks, network.Networks.Online.Encoder, views, plan, recipe.Momentum, length)
{
    public override string LossName => "Cross entropy of the own key among the batch's, both ways";

    protected override Tensor Loss(IReadOnlyList<Tensor> seen, long step) => network.Loss(seen[0], seen[1]);
}
