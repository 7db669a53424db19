using SpectralEarth.Models.Products;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Layers;

/// <summary>Multi-head attention of tokens to another sequence, the memory (Vaswani et al. 2017, section 3.2.3).</summary>
internal sealed class CrossAttention : Module<Tensor, Tensor, Tensor>
{
    private readonly int heads;
    private readonly Dense q, kv, proj;

    internal CrossAttention(int width, int heads, FirstWeights weights)
        : base(nameof(CrossAttention))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(width % heads, 0);
        (this.heads, q, kv, proj) = (heads, new(width, width), new(width, 2 * width), new(width, width));
        weights.Xavier(q);
        weights.Xavier(kv);
        weights.Xavier(proj);
        RegisterComponents();
    }

    /// <param name="queries">Result of <see cref="Query"/>, [B, n, D'].</param>
    /// <param name="memory">Tokens that are looked at, [B, K, D'].</param>
    /// <returns>Mixed tokens, [B, n, D'].</returns>
    public override Tensor forward(Tensor queries, Tensor memory)
    {
        using var scope = NewDisposeScope();
        var keysAndValues = kv.forward(memory);                                                                   // [B, K, 2 D']
        var mixed = MatrixProduct.Suits(keysAndValues) ? StreamedCrossAttention.Mix(queries, keysAndValues, heads) : Plain(queries, keysAndValues);
        return proj.forward(mixed).MoveToOuterDisposeScope();
    }

    /// <summary>The same by libtorch's own attention; oracle of <see cref="StreamedCrossAttention"/>.</summary>
    internal Tensor Plain(Tensor queries, Tensor keysAndValues)
    {
        using var scope = NewDisposeScope();
        var (b, n, d) = (queries.shape[0], queries.shape[1], queries.shape[2]);
        var split = keysAndValues.reshape(b, -1, 2, heads, d / heads).permute(2, 0, 3, 1, 4);                      // [2, B, h, K, D'/h]
        var perHead = queries.reshape(b, n, heads, d / heads).transpose(1, 2);                                    // [B, h, n, D'/h]
        var mixed = functional.scaled_dot_product_attention(perHead, split[0], split[1]);
        return mixed.transpose(1, 2).reshape(b, n, d).MoveToOuterDisposeScope();
    }

    /// <summary>Queries of tokens, [..., D'] to [..., D'].</summary>
    internal Tensor Query(Tensor tokens) => q.forward(tokens);
}
