using SpectralEarth.Shards.Loading;

namespace SpectralEarth.Tasks.Mapping;

/// <summary>Gives class probabilities for square windows of a scene.</summary>
public interface IWindowClassifier
{
    /// <summary>Number of classes L.</summary>
    int Classes { get; }

    /// <summary>Side of a window, pixels.</summary>
    int WindowSize { get; }

    /// <summary>Bands of a window C.</summary>
    int Channels { get; }

    /// <summary>Classifies a batch of windows; the result of a window must not depend on its neighbours in the batch.</summary>
    /// <param name="windows">Pixels [B, C, H, W] and validity [B, H, W]; the indices carry no meaning.</param>
    /// <returns>Probabilities, [B, L, H, W]; they add up to 1 over the classes.</returns>
    float[] Probabilities(PatchBatch windows);
}
