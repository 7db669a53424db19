using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Layers;

/// <summary>Pre-norm transformer block whose tokens look at another sequence, the memory (Fu et al. 2024, figure 4b).</summary>
internal sealed class CrossBlock : Module
{
    private readonly LayerNorm norm1, norm2;
    private readonly CrossAttention cross_attn;
    private readonly Perceptron mlp;

    /// <param name="width">Width D' of tokens and memory.</param>
    /// <param name="heads">Heads h; must divide D'.</param>
    /// <param name="weights">Source of first weights.</param>
    internal CrossBlock(int width, int heads, FirstWeights weights)
        : base(nameof(CrossBlock))
    {
        norm1 = LayerNorm(width, TransformerBlock.NormEpsilon);
        cross_attn = new CrossAttention(width, heads, weights);
        norm2 = LayerNorm(width, TransformerBlock.NormEpsilon);
        mlp = new Perceptron(width, 4 * width, weights);
        RegisterComponents();
    }

    /// <summary>Queries of tokens, [..., D'] to [..., D'].</summary>
    internal Tensor Query(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        return cross_attn.Query(norm1.forward(tokens)).MoveToOuterDisposeScope();
    }

    /// <summary>The rest of the block.</summary>
    /// <param name="tokens">[B, n, D'].</param>
    /// <param name="queries">Result of <see cref="Query"/> for them, [B, n, D'].</param>
    /// <param name="memory">What they attend to, normalised here as the tokens are, [B, K, D'].</param>
    /// <returns>Tokens, [B, n, D'].</returns>
    internal Tensor Finish(Tensor tokens, Tensor queries, Tensor memory)
    {
        using var scope = NewDisposeScope();
        var mixed = tokens + cross_attn.forward(queries, norm1.forward(memory));
        return (mixed + mlp.forward(norm2.forward(mixed))).MoveToOuterDisposeScope();
    }
}
