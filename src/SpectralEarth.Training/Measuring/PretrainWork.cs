using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Training.Objectives;

namespace SpectralEarth.Training.Measuring;

/// <summary>Operations of a pretraining step, from its recipe.</summary>
public static class PretrainWork
{
    /// <summary>Work by stage; heads of contrastive objectives and local views are left out, and there is none for residual networks.</summary>
    /// <param name="recipe">Validated recipe.</param>
    /// <param name="data">Data set.</param>
    /// <returns>Stages of a step; empty where the network's work is not counted.</returns>
    public static IReadOnlyList<StageWork> Of(PretrainRecipe recipe, DatasetManifest data)
    {
        var (encoder, batch) = (recipe.EncoderOn(data), recipe.BatchSize);
        if (!encoder.IsTransformer)
            return [];
        return recipe.Objective switch
        {
            PretrainObjective.Mae => NetworkWork.OfMae(recipe.Mae!.Model(encoder), batch, recipe.Recompute),
            PretrainObjective.MocoV2 => NetworkWork.OfEncoder(encoder, batch, batch, recipe.Recompute),
            PretrainObjective.MocoV3 or PretrainObjective.Dino => NetworkWork.OfEncoder(encoder, 2 * batch, 2 * batch, recipe.Recompute),
            _ => throw new InvalidOperationException($"objective {recipe.Objective} is not known."),
        };
    }

    /// <summary>Operations of a step and peak of the machine; null where the work is not counted.</summary>
    internal static StepCost? Cost(PretrainRecipe recipe, DatasetManifest data, TorchSharp.torch.Device device)
    {
        var work = Of(recipe, data);
        return work.Count == 0 ? null : new StepCost(work.Sum(stage => stage.Total), MatrixPeak.Of(device, recipe.Precision));
    }
}
