using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Layers;

/// <summary>Multi-head self-attention over tokens (Vaswani et al. 2017, section 3.2.2).</summary>
internal sealed class Attention : Module<Tensor, Tensor>
{
    private readonly int heads;
    private readonly Linear qkv, proj;

    /// <param name="width">Embedding width D.</param>
    /// <param name="heads">Heads h; must divide D.</param>
    /// <param name="weights">Source of first weights.</param>
    internal Attention(int width, int heads, FirstWeights weights)
        : base(nameof(Attention))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(width % heads, 0);
        (this.heads, qkv, proj) = (heads, Linear(width, 3 * width), Linear(width, width));
        weights.Xavier(qkv);
        weights.Xavier(proj);
        RegisterComponents();
    }

    /// <param name="input">Tokens, [B, N, D].</param>
    /// <returns>Mixed tokens, [B, N, D].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var (b, n, d) = (input.shape[0], input.shape[1], input.shape[2]);
        var split = qkv.forward(input).reshape(b, n, 3, heads, d / heads).permute(2, 0, 3, 1, 4);   // [3, B, h, N, D/h]
        var mixed = functional.scaled_dot_product_attention(split[0], split[1], split[2]);          // [B, h, N, D/h]
        return proj.forward(mixed.transpose(1, 2).reshape(b, n, d)).MoveToOuterDisposeScope();      // [B, N, D]
    }
}
