using SpectralEarth.Models;
using SpectralEarth.Models.Contrastive;
using SpectralEarth.Shards;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Objectives;

/// <summary>Makes the objective that a recipe names, with the first weights of its network.</summary>
internal static class PretrainObjectives
{
    /// <param name="recipe">Validated recipe.</param>
    /// <param name="data">Data set.</param>
    /// <param name="samples">Samples in an epoch.</param>
    /// <param name="normalization">Statistics, on <paramref name="device"/>.</param>
    /// <param name="device">Where the network will be.</param>
    public static IObjective Create(PretrainRecipe recipe, DatasetManifest data, int samples, BandNormalization normalization, Device device)
    {
        var views = new TrainingViews(recipe.Augmentation, recipe.CropSize, recipe.Seed, normalization, data.NoData, device);
        var (encoder, seed, dates) = (recipe.EncoderOn(data), recipe.Seed, recipe.DatesPerSample);
        var length = recipe.Length(samples);
        var pair = ViewPlan.Pair(recipe.Augmentation, dates);
        return recipe.Objective switch
        {
            PretrainObjective.Mae => new MaskedReconstruction(recipe.Mae!, new MaskedAutoencoder(recipe.Mae!.Model(encoder), seed).to(device), views, seed),
            PretrainObjective.MocoV2 => new MocoV2(recipe.MocoV2!, new MomentumContrast(recipe.MocoV2!, encoder, seed).to(device), views, pair, length, seed),
            PretrainObjective.MocoV3 => new MocoV3(recipe.MocoV3!, new SymmetricContrast(recipe.MocoV3!, encoder, seed).to(device), views, pair, length),
            PretrainObjective.Dino => new Dino(recipe.Dino!, new SelfDistillation(recipe.Dino!, encoder, seed).to(device), views, Crops(recipe.Dino!.LocalViews), length),
            _ => throw new ArgumentOutOfRangeException(nameof(recipe), recipe.Objective, "There is no such objective."),
        };

        ViewPlan Crops(LocalViewRecipe local) => ViewPlan.Pair(recipe.Augmentation, dates, local.Count, local.Augmentation, local.Size);
    }
}
