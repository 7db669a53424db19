using SpectralEarth.Models.Contrastive;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Objectives;

/// <summary>DINO: see <see cref="SelfDistillation"/>.</summary>
internal sealed class Dino(DinoRecipe recipe, SelfDistillation network, TrainingViews views, ViewPlan plan, RunLength length)
    : ViewObjective(network, network.Networks, (recipe.Kept == DinoPart.Student ? network.Networks.Online : network.Networks.Follower).Encoder, views, plan,
        recipe.Momentum, length)
{
    private const int GlobalViews = 2;

    public override string LossName => "Cross entropy between teacher and student";

    protected override Tensor Loss(IReadOnlyList<Tensor> seen, long step) =>
        network.Loss([.. seen.Take(GlobalViews)], [.. seen.Skip(GlobalViews)], recipe.TeacherTemperature.At(Length.EpochOf(step)));

    protected override void Remember(bool isUsed) => network.EndStep(isUsed);

    public override void AdjustGradients(long step)
    {
        if (Length.EpochOf(step) < recipe.LastLayerFrozenEpochs)
            network.DropLastLayerGradient();
    }
}
