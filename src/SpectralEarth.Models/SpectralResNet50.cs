using SpectralEarth.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models;

/// <summary>
/// ResNet-50 behind a spectral adapter (SpectralEarth, arXiv 2408.08447), or without one on the bands, for comparison. Images of
/// any size; <see cref="EncoderConfig.PatchSize"/> is checked all the same, as of every encoder.
/// </summary>
public sealed class SpectralResNet50 : Encoder
{
    private readonly SpectralAdapter? spectral_adapter;
    private readonly ResNet50 resnet;

    /// <param name="config">Shape of the network.</param>
    /// <param name="dilated">
    /// Whether no stride shrinks the image, so that every stage gives a feature per pixel; weights are the same (Yu and Koltun 2016, section 2).
    /// </param>
    /// <param name="seed">Decides the first weights.</param>
    /// <exception cref="Recipes.RecipeException">The shape is impossible; lists all broken rules.</exception>
    public SpectralResNet50(EncoderConfig config, bool dilated = false, long seed = 0)
        : this(config, dilated, new FirstWeights(seed))
    {
    }

    internal SpectralResNet50(EncoderConfig config, bool dilated, FirstWeights weights)
        : base(config, nameof(SpectralResNet50))
    {
        spectral_adapter = config.HasAdapter ? SpectralAdapter.Create(config, weights) : null;
        resnet = config.HasAdapter
            ? new ResNet50(SpectralAdapter.Features, stem: false, dilated, weights)
            : new ResNet50(config.Bands, stem: true, dilated, weights);
        RegisterComponents();
    }

    /// <summary>Bottlenecks of the four stages (He et al. 2016, table 1).</summary>
    public static IReadOnlyList<int> Bottlenecks { get; } = [3, 4, 6, 3];

    /// <inheritdoc/>
    public override SpectralAdapter? Adapter => spectral_adapter;

    /// <summary>The four stages.</summary>
    public override IReadOnlyList<Module> Layers => resnet.StageList;

    /// <param name="input">Normalised images, [B, C, H, W].</param>
    /// <returns>Mean of the last stage over the image, [B, 2048].</returns>
    public override Tensor forward(Tensor input)
    {
        CheckImage(input);
        return LocalFeature(input);
    }

    /// <inheritdoc/>
    public override Tensor LocalFeature(Tensor images)
    {
        using var scope = NewDisposeScope();
        var pixels = spectral_adapter?.forward(images) ?? images;                       // [B, 128, H, W]
        return resnet.forward(pixels).mean([2, 3]).MoveToOuterDisposeScope();         // [B, 2048, h, w] to [B, 2048]
    }

    /// <inheritdoc/>
    public override FeatureMaps Maps(Tensor images, params IReadOnlyList<int> layers)
    {
        CheckImage(images);
        CheckLayers(layers);
        using var scope = NewDisposeScope();
        var pixels = spectral_adapter?.forward(images);                               // [B, 128, H, W]
        var (x, stages) = (resnet.Enter(pixels ?? images), new Tensor[Bottlenecks.Count]);
        for (var stage = 0; stage < stages.Length; stage++)
            stages[stage] = x = resnet.StageList[stage].forward(x);                   // [B, 256 << stage, h, w]
        return new FeatureMaps(pixels, [.. layers.Select(layer => stages[layer].alias())]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override int LayerOf(string name)
    {
        const string stage = "resnet.layer";
        return name.StartsWith(stage, StringComparison.Ordinal) ? name[stage.Length] - '0' : 0;
    }
}
