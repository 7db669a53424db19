using SpectralEarth.Models;
using SpectralEarth.Recipes;

namespace SpectralEarth.Training;

/// <summary>The encoder that is pretrained; the default is SpectralEarth's ViT-S.</summary>
public sealed record EncoderRecipe : IRecipePart
{
    /// <summary>Network.</summary>
    public EncoderArchitecture Architecture { get; init; } = EncoderArchitecture.SpecVit;
    /// <summary>Published width, depth and heads in one word; null takes them from the keys below.</summary>
    public EncoderSize? Size { get; init; }
    /// <summary>Width D of a token; null takes that of the size, which is small unless given.</summary>
    public int? Width { get; init; }
    /// <summary>Number of transformer blocks; null takes that of the size.</summary>
    public int? Depth { get; init; }
    /// <summary>Attention heads; must divide the width; null takes those of the size.</summary>
    public int? Heads { get; init; }
    /// <summary>How the spectrum of a pixel becomes features: the reference's convolutions, or full: by wavelength, without blind channels.</summary>
    public AdapterForm Adapter { get; init; } = AdapterForm.Reference;
    /// <summary>Side of a token, pixels; must divide the window.</summary>
    public int TokenSize { get; init; } = 4;

    /// <summary>The encoder on images of <paramref name="bands"/> bands and <paramref name="patchSize"/> pixels per side.</summary>
    public EncoderConfig Shape(int bands, int patchSize, PositionalEmbedding positions = PositionalEmbedding.SineCosine)
    {
        var shape = new EncoderConfig { Architecture = Architecture, Adapter = Adapter, Bands = bands, PatchSize = patchSize, TokenSize = TokenSize, Positions = positions }
            .Sized(Size ?? EncoderSize.Small);
        return shape with { Width = Width ?? shape.Width, Depth = Depth ?? shape.Depth, Heads = Heads ?? shape.Heads };
    }

    /// <summary>Adds the rules that the shape itself does not know (<see cref="EncoderConfig.CheckTransformer"/>).</summary>
    public void AddRules(RuleBook rules)
    {
        if (!Shape(bands: 1, patchSize: 1).IsTransformer)
        {
            rules.Require((Size, Width, Depth, Heads) is (null, null, null, null),
                "size, width, depth and heads are those of transformers: leave them out with a residual network.");
            rules.Require(TokenSize == new EncoderRecipe().TokenSize, $"token_size is {TokenSize}, but a residual network has no tokens: leave it out.");
            return;
        }

        var (shape, published) = (Shape(bands: 1, patchSize: 1), new EncoderConfig().Sized(Size ?? EncoderSize.Small));
        rules.Require(Size is null || (shape.Width, shape.Depth, shape.Heads) == (published.Width, published.Depth, published.Heads),
            $"size {Size?.ToString().ToLowerInvariant()} means width {published.Width}, depth {published.Depth}, {published.Heads} heads, " +
            $"but the recipe says {shape.Width}, {shape.Depth}, {shape.Heads}: give either size, or width, depth and heads.");
    }
}
