using SpectralEarth.Shards.Loading;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Features;

/// <summary>Numbers that describe each pixel of a patch.</summary>
internal interface IPixelFeatures
{
    /// <summary>Numbers of all pixels of a batch, float32 [B, F, H, W], on the CPU.</summary>
    Tensor Of(PatchBatch batch);
}
