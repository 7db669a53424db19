using SpectralEarth.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Contrastive;

/// <summary>An encoder and the head that pretraining puts on its feature; state-dict keys <c>encoder.*</c> and <c>head.*</c>.</summary>
public sealed class EncoderWithHead : Module<Tensor, Tensor>
{
    private readonly Encoder encoder;
    private readonly Module<Tensor, Tensor> head;

    internal EncoderWithHead(EncoderConfig config, Func<int, FirstWeights, Module<Tensor, Tensor>> makeHead, FirstWeights weights)
        : base(nameof(EncoderWithHead))
    {
        encoder = Encoder.Create(config, weights);
        head = makeHead(encoder.Width, weights);
        RegisterComponents();
    }

    /// <summary>The encoder.</summary>
    public Encoder Encoder => encoder;

    /// <summary>The head.</summary>
    internal Module<Tensor, Tensor> Head => head;

    /// <param name="input">Normalised images, [B, C, H, W].</param>
    /// <returns>The head's outputs, [B, K].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return head.forward(encoder.forward(input)).MoveToOuterDisposeScope();
    }

    /// <summary>The same of images smaller than the encoder's, [B, C, S, S] to [B, K].</summary>
    public Tensor Local(Tensor images)
    {
        using var scope = NewDisposeScope();
        return head.forward(encoder.LocalFeature(images)).MoveToOuterDisposeScope();
    }
}
