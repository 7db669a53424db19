using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Layers;

/// <summary>Pre-norm transformer block (Dosovitskiy et al. 2021, equations 2 and 3), as timm's <c>Block</c>.</summary>
internal sealed class TransformerBlock : Module<Tensor, Tensor>
{
    /// <summary>Epsilon of every LayerNorm.</summary>
    internal const double NormEpsilon = 1e-6;

    private readonly LayerNorm norm1, norm2;
    private readonly Attention attn;
    private readonly Perceptron mlp;

    internal TransformerBlock(int width, int heads, double mlpRatio, FirstWeights weights)
        : base(nameof(TransformerBlock))
    {
        norm1 = LayerNorm(width, NormEpsilon);
        attn = new Attention(width, heads, weights);
        norm2 = LayerNorm(width, NormEpsilon);
        mlp = new Perceptron(width, (int)(width * mlpRatio), weights);
        RegisterComponents();
    }

    /// <param name="input">Tokens, [B, N, D].</param>
    /// <returns>Tokens, [B, N, D].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var mixed = input + attn.forward(norm1.forward(input));
        return (mixed + mlp.forward(norm2.forward(mixed))).MoveToOuterDisposeScope();
    }
}
