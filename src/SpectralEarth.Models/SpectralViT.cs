using System.Globalization;
using SpectralEarth.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models;

/// <summary>
/// Vision transformer behind a spectral adapter (SpectralEarth, arXiv 2408.08447), or without one, for comparison. The image must
/// have exactly <see cref="EncoderConfig.PatchSize"/> pixels per side: positions are never interpolated silently.
/// </summary>
public sealed class SpectralViT : Encoder
{
    private readonly SpectralAdapter? spectral_adapter;
    private readonly VisionTransformer vit_core;

    /// <param name="config">Shape of the network.</param>
    /// <param name="seed">Decides the first weights.</param>
    /// <exception cref="Recipes.RecipeException">The shape is impossible; lists all broken rules.</exception>
    public SpectralViT(EncoderConfig config, long seed = 0)
        : this(config, new FirstWeights(seed))
    {
    }

    internal SpectralViT(EncoderConfig config, FirstWeights weights)
        : base(config, nameof(SpectralViT))
    {
        spectral_adapter = config.HasAdapter ? SpectralAdapter.Create(config, weights) : null;
        vit_core = new VisionTransformer(config, config.HasAdapter ? SpectralAdapter.Features : config.Bands, weights);
        RegisterComponents();
    }

    /// <summary>The fixed positions of an encoder of this shape, class token first, [1, 1 + N, D]; whoever calls disposes them.</summary>
    public static Tensor FixedPositions(EncoderConfig config) => SineCosinePositions.Table(config.Width, config.TokensPerSide);

    /// <inheritdoc/>
    public override SpectralAdapter? Adapter => spectral_adapter;

    /// <summary>The transformer's blocks.</summary>
    public override IReadOnlyList<Module> Layers => [.. vit_core.BlockList];

    internal VisionTransformer Core => vit_core;

    /// <param name="input">Normalised images, [B, C, H, W].</param>
    /// <returns>Class token after the final norm, [B, D].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Tokens(input).select(1, 0).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// As <see cref="forward"/> of a smaller image, whose tokens take the positions of a window in the middle of a whole one: neighbours
    /// stay as far apart as they are there, and no position is interpolated.
    /// </summary>
    /// <inheritdoc/>
    public override Tensor LocalFeature(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (b, side, whole) = (images.shape[0], images.shape[2] / Config.TokenSize, Config.TokensPerSide);
        var line = arange(side, int64, device: images.device) + ((whole - side) / 2);
        var places = ((line.unsqueeze(1) * whole) + line).flatten().expand(b, -1);                      // [B, s * s]
        var tokens = vit_core.Project(PixelFeatures(TokenPixels.Split(images, Config.TokenSize)));       // [B, s * s, D]
        return vit_core.Normalize(vit_core.Blocks(vit_core.AddPositions(tokens, places))).select(1, 0).MoveToOuterDisposeScope();
    }

    /// <summary>All tokens after the final norm, class token first.</summary>
    /// <param name="x">Normalised images, [B, C, H, W].</param>
    /// <returns>Tokens, [B, 1 + N, D].</returns>
    public Tensor Tokens(Tensor x)
    {
        using var scope = NewDisposeScope();
        return vit_core.Normalize(vit_core.Blocks(Embed(x))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override FeatureMaps Maps(Tensor images, params IReadOnlyList<int> layers)
    {
        CheckImage(images);
        CheckLayers(layers);
        using var scope = NewDisposeScope();
        var pixels = spectral_adapter?.forward(images);                                              // [B, 128, H, W]
        var tokens = vit_core.Project(TokenPixels.Split(pixels ?? images, Config.TokenSize).flatten(2)); // [B, N, D]
        var maps = new Tensor[layers.Count];
        vit_core.Blocks(vit_core.AddPositions(tokens), (block, after) =>
        {
            for (var i = 0; i < layers.Count; i++)
            {
                if (layers[i] == block)
                    maps[i] = vit_core.ToImage(block == Config.Depth - 1 ? vit_core.Normalize(after) : after).MoveToOtherDisposeScope(scope);
            }
        });
        return new FeatureMaps(pixels, maps).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override int LayerOf(string name)
    {
        const string block = "vit_core.blocks.", finalNorm = "vit_core.norm.";
        if (name.StartsWith(block, StringComparison.Ordinal))
            return 1 + int.Parse(name[block.Length..name.IndexOf('.', block.Length)], CultureInfo.InvariantCulture);
        return name.StartsWith(finalNorm, StringComparison.Ordinal) ? Config.Depth + 1 : 0;
    }

    /// <summary>Tokens before block 0: adapter, projection, class token, positions; [B, C, H, W] to [B, 1 + N, D].</summary>
    internal Tensor Embed(Tensor x)
    {
        CheckImage(x);
        using var scope = NewDisposeScope();
        return vit_core.AddPositions(vit_core.Project(PixelFeatures(TokenPixels.Split(x, Config.TokenSize))))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Adapter on pixels grouped by token: [B, K, P * P, C] to [B, K, P * P * 128]; without adapter [B, K, P * P * C].</summary>
    internal Tensor PixelFeatures(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var (b, k) = (pixels.shape[0], pixels.shape[1]);
        var features = spectral_adapter is null ? pixels : spectral_adapter.ForwardSpectra(pixels.reshape(-1, Config.Bands));
        return features.reshape(b, k, -1).MoveToOuterDisposeScope();
    }
}
