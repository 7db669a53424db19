using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Layers;

/// <summary>
/// Vision transformer with class token (Dosovitskiy et al. 2021), from pixel features to tokens; names and layout
/// of timm's <c>VisionTransformer</c>.
/// </summary>
internal sealed class VisionTransformer : Module
{
    private readonly EncoderConfig config;
    private readonly Parameter cls_token, pos_embed;
    private readonly TokenProjection patch_embed;
    private readonly ModuleList<TransformerBlock> blocks;
    private readonly LayerNorm norm;

    internal VisionTransformer(EncoderConfig config, int channels, FirstWeights weights)
        : base(nameof(VisionTransformer))
    {
        this.config = config;
        cls_token = Parameter(empty(1, 1, config.Width));
        weights.ClassToken(cls_token);
        pos_embed = FirstPositions(config, weights);
        patch_embed = new TokenProjection(channels, config.Width, config.TokenSize, weights);
        blocks = new ModuleList<TransformerBlock>([.. Enumerable.Range(0, config.Depth)
            .Select(_ => new TransformerBlock(config.Width, config.Heads, config.MlpRatio, weights))]);
        norm = LayerNorm(config.Width, TransformerBlock.NormEpsilon);
        RegisterComponents();
    }

    /// <summary>The blocks in their order.</summary>
    internal IEnumerable<TransformerBlock> BlockList => blocks;

    /// <summary>Takes the token projection out of what is trained; gradients still pass through it.</summary>
    internal void FreezeProjection()
    {
        foreach (var parameter in patch_embed.parameters())
            parameter.requires_grad = false;
    }

    /// <summary>Projects pixel features [B, K, P * P * C] to tokens [B, K, D], without positions.</summary>
    internal Tensor Project(Tensor pixels) => patch_embed.forward(pixels);

    /// <summary>Adds positions to all tokens of an image [B, N, D] and puts the class token in front, [B, 1 + N, D].</summary>
    internal Tensor AddPositions(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var all = cat([cls_token.expand(tokens.shape[0], -1, -1), tokens], 1);
        return (all + pos_embed).MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="AddPositions(Tensor)"/> for the tokens at <paramref name="kept"/> [B, K] only.</summary>
    internal Tensor AddPositions(Tensor tokens, Tensor kept)
    {
        using var scope = NewDisposeScope();
        var (b, k, d) = (tokens.shape[0], tokens.shape[1], tokens.shape[2]);
        var positions = pos_embed[0].index_select(0, (kept + 1).reshape(-1)).reshape(b, k, d);
        var first = (cls_token + pos_embed.narrow(1, 0, 1)).expand(b, -1, -1);
        return cat([first, tokens + positions], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Runs all blocks, [B, N, D] to [B, N, D]; <paramref name="afterBlock"/> sees each block's output.</summary>
    internal Tensor Blocks(Tensor tokens, Action<int, Tensor>? afterBlock = null)
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < blocks.Count; i++)
        {
            tokens = blocks[i].forward(tokens);
            afterBlock?.Invoke(i, tokens);
        }

        return tokens.MoveToOuterDisposeScope();
    }

    /// <summary>Final LayerNorm.</summary>
    internal Tensor Normalize(Tensor tokens) => norm.forward(tokens);

    /// <summary>Patch tokens of [B, 1 + N, D] as an image, [B, D, h, w].</summary>
    internal Tensor ToImage(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var side = config.TokensPerSide;
        return tokens.narrow(1, 1, side * side).transpose(1, 2)
            .reshape(tokens.shape[0], config.Width, side, side).MoveToOuterDisposeScope();
    }

    private static Parameter FirstPositions(EncoderConfig config, FirstWeights weights)
    {
        if (config.Positions == PositionalEmbedding.SineCosine)
            return Parameter(SineCosinePositions.Table(config.Width, config.TokensPerSide), requires_grad: false);
        var learned = Parameter(empty(1, 1 + config.Tokens, config.Width));
        weights.Token(learned);
        return learned;
    }
}
