using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tasks.Features;

/// <summary>Outputs of a network that answers for whole patches, on request averaged over the eight flips and turns.</summary>
/// <param name="dataset">Data set whose patches have the size of the network's windows.</param>
/// <param name="network">Network on <paramref name="device"/>; it is put into evaluation mode.</param>
/// <param name="normalization">Statistics, on the device.</param>
/// <param name="device">Where the network is.</param>
/// <param name="threads">Threads that read patches.</param>
/// <param name="path">Run or file that the network is of, for messages.</param>
internal sealed class PatchOutputs(Dataset dataset, Module<Tensor, Tensor> network, BandNormalization normalization, Device device, int threads, string path)
{
    /// <summary>Told the share of the patches that is done, 0 to 1.</summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>Outputs of patches, one after the other in the order given.</summary>
    /// <param name="patches">Catalog indices.</param>
    /// <param name="batchSize">Patches seen together.</param>
    /// <param name="testTimeAugmentation">Whether to average over the eight symmetries.</param>
    /// <param name="activation">Turns the network's outputs [B, K] into what is averaged.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="DivergedNetworkException">They are not numbers.</exception>
    public IEnumerable<(int Patch, float[] Output)> Of(
        IReadOnlyList<int> patches, int batchSize, bool testTimeAugmentation, Func<Tensor, Tensor> activation, CancellationToken cancel)
    {
        using var loader = new PatchLoader(dataset, patches.Chunk(batchSize), threads);
        var done = 0;
        while (loader.Next(cancel) is { } batch)
        {
            FinalizerGate.Pass();
            using (batch)
            {
                var outputs = Outputs(batch, testTimeAugmentation ? SquareSymmetry.All : SquareSymmetry.Identity, activation);
                foreach (var (patch, output) in batch.Indices.Zip(outputs.Chunk(outputs.Length / batch.Indices.Length)))
                    yield return (patch, output);
                Progress?.Report((double)(done += batch.Indices.Length) / patches.Count);
            }
        }
    }

    private float[] Outputs(PatchBatch batch, IReadOnlyList<SquareSymmetry> symmetries, Func<Tensor, Tensor> activation)
    {
        network.eval();
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var images = InputImages.Of(batch, normalization, dataset.Manifest.PatchSize, dataset.Manifest.NoData, device);
        var outputs = symmetries.Select(symmetry => activation(network.forward(symmetry.Apply(images)))).ToArray();    // [B, K] each
        var mean = stack(outputs).mean([0]);
        DivergedNetworkException.ThrowIfNotFinite(mean, path);
        return mean.cpu().data<float>().ToArray();
    }
}
