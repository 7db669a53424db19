using SpectralEarth.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models;

/// <summary>
/// Vision transformer behind a spectral adapter (SpectralEarth, arXiv 2408.08447). The image must have
/// exactly <see cref="ViTConfig.PatchSize"/> pixels per side: positions are never interpolated silently.
/// </summary>
public sealed class SpectralViT : Module<Tensor, Tensor>
{
    private readonly SpectralAdapter spectral_adapter;
    private readonly VisionTransformer vit_core;

    /// <param name="config">Shape of the network.</param>
    /// <param name="classes">Outputs L of a linear head on the class token; 0 for none.</param>
    /// <param name="seed">Decides the first weights.</param>
    /// <exception cref="Recipes.RecipeException">The shape is impossible; lists all broken rules.</exception>
    public SpectralViT(ViTConfig config, int classes = 0, long seed = 0)
        : this(config, classes, new FirstWeights(seed))
    {
    }

    internal SpectralViT(ViTConfig config, int classes, FirstWeights weights)
        : base(nameof(SpectralViT))
    {
        var rules = new Recipes.RuleBook();
        config.Check(rules);
        Config = rules.Accept(config);
        spectral_adapter = SpectralAdapter.Create(config, weights);
        vit_core = new VisionTransformer(config, SpectralAdapter.Features, classes, weights);
        RegisterComponents();
    }

    /// <summary>Shape of the network.</summary>
    public ViTConfig Config { get; }

    /// <summary>The fixed positions of an encoder of this shape, class token first, [1, 1 + N, D]; whoever calls disposes them.</summary>
    public static Tensor FixedPositions(ViTConfig config) => SineCosinePositions.Table(config.Width, config.TokensPerSide);

    /// <summary>Per-pixel part.</summary>
    public SpectralAdapter Adapter => spectral_adapter;

    internal VisionTransformer Core => vit_core;

    /// <param name="input">Normalised images, [B, C, H, W].</param>
    /// <returns>Class-token feature after the final norm [B, D], or logits [B, L] if there is a head.</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return vit_core.Classify(Tokens(input)).MoveToOuterDisposeScope();
    }

    /// <summary>All tokens after the final norm, class token first.</summary>
    /// <param name="x">Normalised images, [B, C, H, W].</param>
    /// <returns>Tokens, [B, 1 + N, D].</returns>
    public Tensor Tokens(Tensor x)
    {
        using var scope = NewDisposeScope();
        return vit_core.Normalize(vit_core.Blocks(Embed(x))).MoveToOuterDisposeScope();
    }

    /// <summary>Patch tokens after some of the blocks, as images.</summary>
    /// <param name="x">Normalised images, [B, C, H, W].</param>
    /// <param name="blocks">0-based blocks, in the order of the result.</param>
    /// <param name="norm">Whether the final LayerNorm is applied to each.</param>
    /// <returns>One [B, D, h, w] for each of <paramref name="blocks"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such block.</exception>
    public IReadOnlyList<Tensor> IntermediateLayers(Tensor x, IReadOnlyList<int> blocks, bool norm)
    {
        foreach (var block in blocks)
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)block, (uint)Config.Depth, nameof(blocks));
        using var scope = NewDisposeScope();
        var images = new Tensor[blocks.Count];
        vit_core.Blocks(Embed(x), (block, tokens) =>
        {
            for (var i = 0; i < blocks.Count; i++)
            {
                if (blocks[i] == block)
                    images[i] = vit_core.ToImage(norm ? vit_core.Normalize(tokens) : tokens).MoveToOtherDisposeScope(scope);
            }
        });
        foreach (var image in images)
            image.MoveToOuterDisposeScope();
        return images;
    }

    /// <summary>Tokens before block 0: adapter, projection, class token, positions; [B, C, H, W] to [B, 1 + N, D].</summary>
    internal Tensor Embed(Tensor x)
    {
        CheckImage(x);
        using var scope = NewDisposeScope();
        return vit_core.AddPositions(vit_core.Project(PixelFeatures(TokenPixels.Split(x, Config.TokenSize))))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Adapter on pixels grouped by token: [B, K, P * P, C] to [B, K, P * P * 128].</summary>
    internal Tensor PixelFeatures(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var (b, k) = (pixels.shape[0], pixels.shape[1]);
        return spectral_adapter.ForwardSpectra(pixels.reshape(-1, Config.Bands)).reshape(b, k, -1).MoveToOuterDisposeScope();
    }

    /// <exception cref="ArgumentException">The image has other bands or another size than the network was built for.</exception>
    internal void CheckImage(Tensor x)
    {
        long[] expected = [Config.Bands, Config.PatchSize, Config.PatchSize];
        if (x.dim() != 4 || !x.shape.AsSpan(1).SequenceEqual(expected))
        {
            throw new ArgumentException(
                $"Images of shape [{string.Join(", ", x.shape)}] do not fit the network, which takes " +
                $"[B, {string.Join(", ", expected)}]. Cut patches of {Config.PatchSize} pixels with {Config.Bands} bands.",
                nameof(x));
        }
    }
}
