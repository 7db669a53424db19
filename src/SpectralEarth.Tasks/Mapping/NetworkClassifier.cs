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
/// <param name="path">Run or file that the network is of, for messages.</param>
public sealed class NetworkClassifier(
    SegmentationModel model, BandNormalization normalization, short noData, Device device, bool testTimeAugmentation, string path) : IWindowClassifier
{
    /// <summary>Windows that a thread classifies at a time: fewer cost more each, more take memory.</summary>
    private const int WindowsOfPart = 4;

    /// <inheritdoc/>
    public int Classes => model.Config.Classes;

    /// <inheritdoc/>
    public int WindowSize => model.Config.Encoder.PatchSize;

    /// <inheritdoc/>
    public int Channels => model.Config.Encoder.Bands;

    /// <inheritdoc/>
    /// <exception cref="DivergedNetworkException">They are not numbers.</exception>
    public float[] Probabilities(PatchBatch windows)
    {
        model.eval();
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var batch = windows.Indices.Length;
        var images = InputImages.Of(windows, normalization, WindowSize, noData, device);    // [B, C, H, W]
        var ofWindow = Classes * WindowSize * WindowSize;
        var probabilities = new float[checked(batch * ofWindow)];                           // [B, L, H, W]
        // Only the processor's cores need windows of their own; a GPU takes all at once.
        var together = device.type == TorchSharp.DeviceType.CPU ? WindowsOfPart : Math.Max(1, batch);
        TensorParts.Run((batch + together - 1) / together, part =>
        {
            var (first, end) = (part * together, Math.Min(batch, (part + 1) * together));
            Classify(images, first, end, probabilities.AsSpan(first * ofWindow));
        });
        return probabilities;
    }

    /// <summary>Classifies windows of a batch, on any thread in inference mode.</summary>
    /// <param name="images">Normalised windows, [B, C, H, W].</param>
    /// <param name="first">First window.</param>
    /// <param name="end">Window after the last.</param>
    /// <param name="probabilities">Receives their class probabilities, [end - first, L, H, W].</param>
    private void Classify(Tensor images, int first, int end, Span<float> probabilities)
    {
        using var scope = NewDisposeScope();
        var part = images[first..end];
        var sum = zeros([end - first, Classes, WindowSize, WindowSize], device: device);
        var symmetries = testTimeAugmentation ? SquareSymmetry.All : SquareSymmetry.Identity;
        foreach (var symmetry in symmetries)
        {
            using var one = NewDisposeScope();
            sum.add_(symmetry.Undo(model.forward(symmetry.Apply(part)).softmax(1)));
        }

        DivergedNetworkException.ThrowIfNotFinite(sum, path);
        sum.div_(symmetries.Count).cpu().data<float>().CopyTo(probabilities);
    }
}
