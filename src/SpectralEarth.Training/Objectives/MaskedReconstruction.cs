using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Randomness;
using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Training.Reporting;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Training.Objectives;

/// <summary>Masked autoencoding: predict the pixels of hidden tokens from the visible ones (He et al. 2022).</summary>
/// <param name="recipe">Keys of this objective.</param>
/// <param name="network">Network on its device; disposed with this object.</param>
/// <param name="views">Images for a batch.</param>
/// <param name="seed">Seed of the run.</param>
internal sealed class MaskedReconstruction(MaeRecipe recipe, MaskedAutoencoder network, TrainingViews views, long seed) : IObjective
{
    public Module Network => network;

    public Module Kept => network;

    public string LossName => "Mean squared error over hidden tokens";

    public ModelDescription Describe(ModelDescription encoder) =>
        encoder with { Architecture = ModelDescription.MaeArchitecture, Mae = network.Config, EncoderOnly = null };

    public string StartFrom(Checkpoint weights)
    {
        if (weights.Fits(network))
            return "encoder and decoder" + IObjective.OwnPositions(weights.LoadKeepingPositions(network));
        var kept = weights.LoadKeepingPositions(network.Encoder);
        var decoder = weights.Description.Mae is null ? "it has no decoder" : "its decoder is of another shape";
        return $"encoder; {decoder}, so that begins with random weights" + IObjective.OwnPositions(kept);
    }

    public Tensor Loss(PatchBatch batch, long step)
    {
        using var scope = NewDisposeScope();
        var (images, validity) = views.Of(batch, step);
        using var drawn = TokenMask.Join([.. Enumerable.Range(0, batch.Indices.Length).Select(sample => DrawMask(step, batch.FirstSample + sample))]);
        using var mask = drawn.To(images.device);
        return (recipe.ValidPixelsOnly ? network.Loss(images, mask, validity, views.BandValidity(batch, step)) : network.Loss(images, mask))
            .MoveToOuterDisposeScope();
    }

    public void Illustrate(ReportPage page, Dataset dataset, IReadOnlyList<int> patches)
    {
        ReconstructionSection.AddTo(page, network, views.Still(), dataset, patches, seed);
        FeatureMapSection.AddTo(page, network.Encoder, views.Still(), dataset, patches);
        FeatureSpread.AddTo(page, network.Encoder, views.Still(), dataset);
    }

    /// <summary>The mask of one sample: the same in whichever part of a batch it is.</summary>
    private TokenMask DrawMask(long step, int sample)
    {
        using var random = new Generator((ulong)new SeededRandom(seed, "mask", step, sample).NextSeed());
        return network.DrawMask(1, random);
    }

    public void Dispose() => network.Dispose();
}
