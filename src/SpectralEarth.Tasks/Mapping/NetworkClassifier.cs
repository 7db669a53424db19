using SpectralEarth.Models;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Features;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Mapping;

/// <summary>Classifies windows with a segmentation network, on request averaged over the eight flips and rotations.</summary>
/// <param name="model">Network; it is put into evaluation mode and stays its owner's.</param>
/// <param name="normalization">Statistics that the network was trained with, on the network's device.</param>
/// <param name="noData">Digital number of missing values.</param>
/// <param name="device">Where the network is.</param>
/// <param name="testTimeAugmentation">Whether to average over the eight symmetries (eight times the work).</param>
public sealed class NetworkClassifier(
    SegmentationModel model, BandNormalization normalization, short noData, Device device, bool testTimeAugmentation) : IWindowClassifier
{
    /// <inheritdoc/>
    public int Classes => model.Config.Classes;

    /// <inheritdoc/>
    public int WindowSize => model.Config.Encoder.PatchSize;

    /// <inheritdoc/>
    public int Channels => model.Config.Encoder.Bands;

    /// <inheritdoc/>
    public float[] Probabilities(PatchBatch windows)
    {
        model.eval();
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var (b, size) = (windows.Indices.Length, (long)WindowSize);
        var images = InputImages.Of(windows, normalization, size, noData, device);    // [B, C, H, W]
        var sum = zeros([b, Classes, size, size], device: device);
        var symmetries = testTimeAugmentation ? SquareSymmetry.All : SquareSymmetry.Identity;
        foreach (var symmetry in symmetries)
        {
            using var one = NewDisposeScope();
            sum.add_(symmetry.Undo(model.forward(symmetry.Apply(images)).softmax(1)));
        }

        return sum.div_(symmetries.Count).cpu().data<float>().ToArray();
    }
}
