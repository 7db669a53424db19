using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Training.Objectives;

namespace SpectralEarth.Training.Measuring;

/// <summary>Operations, parameters and memory of a pretraining step, from its recipe; heads of contrastive objectives count as parameters only.</summary>
internal static class PretrainWork
{
    /// <summary>
    /// How much more a sample takes than its images and what is kept: gradients on their way, and holes that an allocator leaves
    /// between tensors. Measured on processors (docs/bench.md).
    /// </summary>
    private const double Surplus = 1.25;

    /// <summary>Work by stage.</summary>
    /// <param name="recipe">Validated recipe.</param>
    /// <param name="data">Data set.</param>
    public static IReadOnlyList<StageWork> Of(PretrainRecipe recipe, DatasetManifest data)
    {
        var (encoder, batch) = (recipe.EncoderOn(data), recipe.BatchSize);
        if (recipe.Objective == PretrainObjective.Mae)
            return NetworkWork.OfMae(recipe.Mae!.Model(encoder), batch, recipe.Recompute);
        var images = TrainedViews(recipe) * batch;
        var work = NetworkWork.OfEncoder(encoder, images, images, recipe.Recompute);
        if (LocalViews(recipe) is not { } local)
            return work;
        var small = NetworkWork.OfEncoder(encoder with { PatchSize = local.Size }, local.Count * batch, 0, recipe.Recompute);
        return [.. work, new StageWork("local views", small.Sum(stage => stage.Forward), small.Sum(stage => stage.Backward))];
    }

    /// <summary>Trained parameters, and those of the network that follows the trained one; 0 where none does.</summary>
    /// <inheritdoc cref="Of"/>
    public static (long Trained, long Following) Parameters(PretrainRecipe recipe, DatasetManifest data)
    {
        var encoder = recipe.EncoderOn(data);
        if (recipe.Objective == PretrainObjective.Mae)
            return (NetworkWork.ParametersOfMae(recipe.Mae!.Model(encoder)), 0);
        var (head, predictor) = recipe.Objective switch
        {
            PretrainObjective.MocoV2 => (HeadParameters.Of(recipe.MocoV2!, encoder.FeatureWidth), 0),
            PretrainObjective.MocoV3 => HeadParameters.Of(recipe.MocoV3!, encoder.FeatureWidth),
            PretrainObjective.Dino => (HeadParameters.Of(recipe.Dino!, encoder.FeatureWidth), 0),
            _ => throw new InvalidOperationException($"objective {recipe.Objective} is not known."),
        };
        var following = NetworkWork.ParametersOfEncoder(encoder) + head;
        var untrained = recipe.MocoV3 is { FrozenProjection: true } ? NetworkWork.ParametersOfProjection(encoder) : 0;
        return (following + predictor - untrained, following);
    }

    /// <summary>Bytes of GPU memory that a sample takes: its images, what the backward pass keeps, and a quarter more.</summary>
    /// <inheritdoc cref="Of"/>
    public static double BytesOfSample(PretrainRecipe recipe, DatasetManifest data) => Surplus * KeptBytes(recipe, data);

    private static double KeptBytes(PretrainRecipe recipe, DatasetManifest data)
    {
        var encoder = recipe.EncoderOn(data);
        var image = 2 * ImageBytes(encoder with { PatchSize = data.PatchSize });        // as read, and the view
        if (recipe.Objective == PretrainObjective.Mae)
            return image + NetworkWork.KeptBytesOfMae(recipe.Mae!.Model(encoder), recipe.Precision, recipe.Recompute);
        var bytes = (2 * image) + (TrainedViews(recipe) * NetworkWork.KeptBytesOfEncoder(encoder, recipe.Precision, recipe.Recompute));
        if (LocalViews(recipe) is not { } local)
            return bytes;
        var small = encoder with { PatchSize = local.Size };
        return bytes + (local.Count * (ImageBytes(small) + NetworkWork.KeptBytesOfEncoder(small, recipe.Precision, recipe.Recompute)));
    }

    /// <summary>Operations of a step and peak of the machine.</summary>
    internal static StepCost Cost(PretrainRecipe recipe, DatasetManifest data, TorchSharp.torch.Device device) =>
        new(Of(recipe, data).Sum(stage => stage.Total), () => MatrixPeak.Of(device, recipe.Precision));

    /// <summary>Whole views of a sample that pass backwards too; of MoCo v2 the query alone.</summary>
    private static int TrainedViews(PretrainRecipe recipe) => recipe.Objective == PretrainObjective.MocoV2 ? 1 : 2;

    private static LocalViewRecipe? LocalViews(PretrainRecipe recipe) => recipe.Dino?.LocalViews is { Count: > 0 } local ? local : null;

    /// <summary>Bytes of an image in float32.</summary>
    private static double ImageBytes(EncoderConfig encoder) => 4.0 * encoder.Bands * encoder.PatchSize * encoder.PatchSize;
}
