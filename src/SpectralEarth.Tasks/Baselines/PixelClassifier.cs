using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Tasks.Mapping;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Baselines;

/// <summary>Classifies every pixel of whole patches by its features.</summary>
/// <param name="data">Data set of the patches.</param>
/// <param name="features">Numbers of all pixels of a batch, float32 [B, F, H, W], on the CPU.</param>
/// <param name="model">Fitted model; stays its owner's.</param>
/// <param name="classes">Classes L.</param>
internal sealed class PixelClassifier(DatasetManifest data, Func<PatchBatch, Tensor> features, ISampleModel model, int classes) : IWindowClassifier
{
    /// <inheritdoc/>
    public int Classes => classes;

    /// <inheritdoc/>
    public int WindowSize => data.PatchSize;

    /// <inheritdoc/>
    public int Channels => data.Bands.Count;

    /// <inheritdoc/>
    public float[] Probabilities(PatchBatch windows)
    {
        using var gradientless = no_grad();
        using var scope = NewDisposeScope();
        var (b, size) = (windows.Indices.Length, WindowSize);
        var pixels = features(windows).permute(0, 2, 3, 1).flatten(0, 2);                     // [B H W, F]
        var probabilities = model.Answers(pixels).view(b, size, size, classes);               // [B, H, W, L]
        return probabilities.permute(0, 3, 1, 2).contiguous().data<float>().ToArray();
    }
}
