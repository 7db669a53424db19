using SpectralEarth.Models;
using SpectralEarth.Shards;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Objectives;

/// <summary>Makes the objective that a recipe names, with the first weights of its network.</summary>
internal static class PretrainObjectives
{
    /// <param name="recipe">Validated recipe.</param>
    /// <param name="data">Data set.</param>
    /// <param name="normalization">Statistics, on <paramref name="device"/>.</param>
    /// <param name="device">Where the network will be.</param>
    public static IObjective Create(PretrainRecipe recipe, DatasetManifest data, BandNormalization normalization, Device device)
    {
        var views = new TrainingViews(recipe, normalization, data.NoData, device);
        var mae = recipe.Mae!;
        var network = new MaskedAutoencoder(mae.Model(recipe.EncoderOn(data)), recipe.Seed);
        network.to(device);
        return new MaskedReconstruction(mae, network, views, recipe.Seed);
    }
}
