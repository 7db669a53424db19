using SpectralEarth.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models;

/// <summary>
/// A network that turns images into features: what pretraining makes and every task begins with. <c>forward</c> leads from
/// normalised images [B, C, H, W] to one feature each, [B, <see cref="Width"/>].
/// </summary>
public abstract class Encoder : Module<Tensor, Tensor>
{
    // Before any network convolves, oneDNN is turned off where it cannot be relied on.
    static Encoder() => _ = OneDnn.IsUsed;

    private protected Encoder(EncoderConfig config, string name)
        : base(name) => Config = Recipes.RuleBook.Accepted(config);

    /// <summary>Shape of the network.</summary>
    public EncoderConfig Config { get; }

    /// <summary>Width D of the feature.</summary>
    public int Width => Config.FeatureWidth;

    /// <summary>Per-pixel part; null of a network without one.</summary>
    public abstract SpectralAdapter? Adapter { get; }

    /// <summary>Layers that follow one another, from the input on: blocks of a transformer, stages of a residual network.</summary>
    public abstract IReadOnlyList<Module> Layers { get; }

    /// <summary>Makes the network of a shape.</summary>
    /// <param name="config">Shape of the network.</param>
    /// <param name="seed">Decides the first weights.</param>
    /// <exception cref="Recipes.RecipeException">The shape is impossible; lists all broken rules.</exception>
    public static Encoder Create(EncoderConfig config, long seed = 0) => Create(config, new FirstWeights(seed));

    /// <inheritdoc cref="Create(EncoderConfig, long)"/>
    internal static Encoder Create(EncoderConfig config, FirstWeights weights, bool dilated = false) => config.Architecture switch
    {
        EncoderArchitecture.SpecVit or EncoderArchitecture.Vit => new SpectralViT(config, weights),
        EncoderArchitecture.SpecResnet50 or EncoderArchitecture.Resnet50 => new SpectralResNet50(config, dilated, weights),
        _ => throw new ArgumentOutOfRangeException(nameof(config), config.Architecture, "There is no such architecture."),
    };

    /// <summary>Feature of images that are smaller than those of <c>forward</c>, such as the local views of self-distillation.</summary>
    /// <param name="images">Normalised images of at most the network's side, with a transformer a multiple of its token's, [B, C, S, S].</param>
    /// <returns>[B, <see cref="Width"/>].</returns>
    public abstract Tensor LocalFeature(Tensor images);

    /// <summary>Features of images as images, for what draws maps.</summary>
    /// <param name="images">Normalised images, [B, C, H, W].</param>
    /// <param name="layers">0-based places in <see cref="Layers"/>, in the order of the result.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public abstract FeatureMaps Maps(Tensor images, params IReadOnlyList<int> layers);

    /// <summary>
    /// The layer that a parameter belongs to, for learning rates that fall towards the input: 0 for the adapter and what else comes
    /// before the first layer, 1 to n for <see cref="Layers"/>, n + 1 for what follows the last.
    /// </summary>
    /// <param name="name">Name among this module's parameters.</param>
    public abstract int LayerOf(string name);

    /// <exception cref="ArgumentException">The images have other bands or another size than the network was built for.</exception>
    internal void CheckImage(Tensor images)
    {
        long[] expected = [Config.Bands, Config.PatchSize, Config.PatchSize];
        if (images.dim() != 4 || !images.shape.AsSpan(1).SequenceEqual(expected))
        {
            throw new ArgumentException(
                $"Images of shape [{string.Join(", ", images.shape)}] do not fit the network, which takes " +
                $"[B, {string.Join(", ", expected)}]. Cut patches of {Config.PatchSize} pixels with {Config.Bands} bands.",
                nameof(images));
        }
    }

    private protected void CheckLayers(IReadOnlyList<int> layers)
    {
        foreach (var layer in layers)
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)layer, (uint)Config.LayerCount, nameof(layers));
    }
}

/// <summary>Features of images as images.</summary>
/// <param name="Pixels">The adapter's features of each pixel, [B, 128, H, W]; null of a network without adapter.</param>
/// <param name="Layers">Result of each layer that was asked for, [B, D, h, w]; of a transformer patch tokens, the last block's after the final norm.</param>
public sealed record FeatureMaps(Tensor? Pixels, IReadOnlyList<Tensor> Layers)
{
    /// <summary>Moves all tensors out of the current dispose scope.</summary>
    internal FeatureMaps MoveToOuterDisposeScope()
    {
        Pixels?.MoveToOuterDisposeScope();
        foreach (var layer in Layers)
            layer.MoveToOuterDisposeScope();
        return this;
    }
}
