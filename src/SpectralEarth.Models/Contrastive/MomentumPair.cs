using SpectralEarth.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Contrastive;

/// <summary>
/// A network that is trained and one of the same shape that follows it slowly (He et al. 2020, equation 2): MoCo's query
/// and key, DINO's student and teacher. Whoever trains moves the follower's parameters; its BatchNorm statistics are its own.
/// </summary>
public sealed class MomentumPair : Module
{
    private readonly EncoderWithHead online, follower;

    /// <param name="encoder">Shape of both encoders.</param>
    /// <param name="makeHead">Makes a head for features of a width, from first weights.</param>
    /// <param name="seed">Decides the first weights.</param>
    /// <param name="copied">What begins as a copy of the trained network; the rest has first weights of its own.</param>
    /// <param name="form">How transformers begin.</param>
    internal MomentumPair(
        EncoderConfig encoder, Func<int, FirstWeights, Module<Tensor, Tensor>> makeHead, long seed, CopiedPart copied, FirstWeightsForm form = FirstWeightsForm.Xavier)
        : base(nameof(MomentumPair))
    {
        online = new EncoderWithHead(encoder, makeHead, new FirstWeights(seed, form: form));
        follower = new EncoderWithHead(encoder, makeHead, new FirstWeights(seed, "follower-weights", form));
        RegisterComponents();
        if (copied != CopiedPart.Nothing)
            CopyEncoder();
        if (copied == CopiedPart.Everything)
            Copy(online.Head, follower.Head);
        foreach (var parameter in follower.parameters())
            parameter.requires_grad = false;
    }

    /// <summary>The network that is trained.</summary>
    public EncoderWithHead Online => online;

    /// <summary>The network that follows; without gradients.</summary>
    public EncoderWithHead Follower => follower;

    /// <summary>The follower's outputs, without a gradient, [B, C, H, W] to [B, K].</summary>
    public Tensor FollowerOutput(Tensor images)
    {
        using var frozen = no_grad();
        return follower.forward(images);
    }

    /// <summary>Makes the follower's encoder a copy of the trained one's, statistics included.</summary>
    public void CopyEncoder() => Copy(online.Encoder, follower.Encoder);

    private static void Copy(Module online, Module follower)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var targets = follower.state_dict();
        foreach (var (name, tensor) in online.state_dict())
            targets[name].copy_(tensor);
    }
}

/// <summary>What of a network that follows another begins as a copy of it.</summary>
public enum CopiedPart
{
    /// <summary>Nothing: encoder and head are drawn apart.</summary>
    Nothing,

    /// <summary>The encoder; the head is drawn apart.</summary>
    Encoder,

    /// <summary>Encoder and head.</summary>
    Everything,
}
