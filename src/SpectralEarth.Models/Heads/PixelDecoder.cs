using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Heads;

/// <summary>Turns an encoder's features into a class per pixel.</summary>
internal abstract class PixelDecoder : Module<FeatureMaps, Tensor, Tensor>
{
    private protected PixelDecoder(string name)
        : base(name)
    {
    }

    /// <param name="maps">Features of the layers that this decoder wants.</param>
    /// <param name="images">Normalised images, [B, C, H, W].</param>
    /// <returns>Logits, [B, L, H, W].</returns>
    public abstract override Tensor forward(FeatureMaps maps, Tensor images);
}
