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

    /// <summary>Whether <see cref="forward"/> keeps the input only and runs once more in the backward pass.</summary>
    internal bool IsRecomputed { get; set; }

    /// <param name="input">Tokens, [B, N, D].</param>
    /// <returns>Tokens, [B, N, D].</returns>
    public override Tensor forward(Tensor input)
    {
        var marked = BackwardMark.Before(this, input);
        return IsRecomputed ? Recomputed.Apply(Whole, marked) : Whole(marked);
    }

    /// <summary>First half: queries, keys and values, [B, N, D] to [B, N, 3 D].</summary>
    internal Tensor Project(Tensor input)
    {
        using var scope = NewDisposeScope();
        return attn.Project(norm1.forward(input)).MoveToOuterDisposeScope();
    }

    /// <summary>Second half: attention and perceptron for the tokens from <paramref name="first"/> on.</summary>
    /// <param name="input">Those tokens, [B, N - first, D].</param>
    /// <param name="projected">Result of <see cref="Project"/> for all tokens, [B, N, 3 D].</param>
    /// <param name="first">First token wanted.</param>
    /// <returns>Tokens, [B, N - first, D].</returns>
    internal Tensor Finish(Tensor input, Tensor projected, long first)
    {
        using var scope = NewDisposeScope();
        var mixed = input + attn.Mix(projected, first);
        return (mixed + mlp.forward(norm2.forward(mixed))).MoveToOuterDisposeScope();
    }

    private Tensor Whole(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        return Finish(tokens, Project(tokens), first: 0).MoveToOuterDisposeScope();
    }
}
