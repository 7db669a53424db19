using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Heads;

/// <summary>A linear classifier of tokens whose logits are upsampled to pixels.</summary>
internal sealed class LinearDecoder : Module<Tensor, Tensor>
{
    private readonly int tokenSize;
    private readonly Conv2d classify;

    internal LinearDecoder(int tokenWidth, int tokenSize, int classes, FirstWeights weights)
        : base(nameof(LinearDecoder))
    {
        (this.tokenSize, classify) = (tokenSize, SeededConv.Create(tokenWidth, classes, 1, bias: true, weights));
        RegisterComponents();
    }

    /// <param name="input">Normed patch tokens as an image, [B, D, h, w].</param>
    /// <returns>Logits, [B, L, H, W].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        long[] size = [input.shape[2] * tokenSize, input.shape[3] * tokenSize];
        return functional.interpolate(classify.forward(input), size, mode: InterpolationMode.Bilinear, align_corners: false)
            .MoveToOuterDisposeScope();
    }
}
