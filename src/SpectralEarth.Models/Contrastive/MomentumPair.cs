using SpectralEarth.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Contrastive;

/// <summary>
/// A network that is trained and one of the same shape that follows it slowly (He et al. 2020, equation 2): MoCo's query
/// and key, DINO's student and teacher.
/// </summary>
public sealed class MomentumPair : Module
{
    private readonly EncoderWithHead online, follower;

    /// <param name="make">Makes a network from its first weights.</param>
    /// <param name="seed">Decides the first weights.</param>
    /// <param name="copied">What begins as a copy of the trained network; the rest has first weights of its own.</param>
    internal MomentumPair(Func<FirstWeights, EncoderWithHead> make, long seed, CopiedPart copied)
        : base(nameof(MomentumPair))
    {
        online = make(new FirstWeights(seed));
        follower = make(new FirstWeights(seed, "follower-weights"));
        RegisterComponents();
        if (copied != CopiedPart.Nothing)
            Copy(online.Encoder, follower.Encoder);
        if (copied == CopiedPart.Everything)
            Copy(online.Head, follower.Head);
        foreach (var parameter in follower.parameters())
            parameter.requires_grad = false;
    }

    /// <summary>The network that is trained.</summary>
    public EncoderWithHead Online => online;

    /// <summary>The network that follows; without gradients.</summary>
    public EncoderWithHead Follower => follower;

    /// <summary>follower = momentum * follower + (1 - momentum) * online, for trained parameters; BatchNorm statistics are each network's own.</summary>
    /// <param name="momentum">Share of the follower that is kept, 0 to 1.</param>
    public void Follow(double momentum) => Follow(online, follower, momentum);

    /// <summary>The follower's outputs, without a gradient, [B, C, H, W] to [B, K].</summary>
    public Tensor FollowerOutput(Tensor images)
    {
        using var frozen = no_grad();
        return follower.forward(images);
    }

    /// <inheritdoc cref="Follow(double)"/>
    internal static void Follow(Module online, Module follower, double momentum)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (from, to) in online.parameters().Zip(follower.parameters()).Where(pair => pair.First.requires_grad))
            to.mul_(momentum).add_(from, 1 - momentum);
    }

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
