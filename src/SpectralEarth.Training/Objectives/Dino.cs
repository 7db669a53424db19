using SpectralEarth.Models.Contrastive;
using SpectralEarth.Shards.Loading;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Objectives;

/// <summary>DINO: see <see cref="SelfDistillation"/>.</summary>
internal sealed class Dino(DinoRecipe recipe, SelfDistillation network, TrainingViews views, ViewPlan plan, RunLength length)
    : ViewObjective(network, network.Networks, (recipe.Kept == DinoPart.Student ? network.Networks.Online : network.Networks.Follower).Encoder, views)
{
    private const int GlobalViews = 2;
    private readonly TrainingViews views = views;

    public override string LossName => "Cross entropy between teacher and student";

    public override Tensor Loss(PatchBatch batch, long step)
    {
        using var scope = NewDisposeScope();
        var seen = views.Of(batch, step, plan);
        return network.Loss([.. seen.Take(GlobalViews)], [.. seen.Skip(GlobalViews)], recipe.TeacherTemperature.At(length.EpochOf(step))).MoveToOuterDisposeScope();
    }

    protected override double KeptShare(long step) => recipe.Momentum.At(step, length);

    protected override void Remember(bool isUsed) => network.EndStep(isUsed);

    public override void AdjustGradients(long step)
    {
        if (length.EpochOf(step) < recipe.LastLayerFrozenEpochs)
            network.DropLastLayerGradient();
    }
}
