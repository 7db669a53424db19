using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class ViTSizesTests
{
    [TestCase(EncoderSize.Tiny, 5_985_344)]
    [TestCase(EncoderSize.Small, 22_531_328)]
    [TestCase(EncoderSize.Base, 87_473_792)]
    [TestCase(EncoderSize.Large, 305_516_416)]
    [TestCase(EncoderSize.Huge, 633_672_832)]
    [TestCase(EncoderSize.Giant, 1_138_043_264)]
    public void Parameters_of_tiny_to_giant_are_as_published(EncoderSize size, long expected)
    {
        var shape = new EncoderConfig().Sized(size);
        using var one = new SpectralViT(shape with { Depth = 1 });
        using var two = new SpectralViT(shape with { Depth = 2 });

        var (first, second) = (Count(one), Count(two));

        Assert.That(first + ((shape.Depth - 1) * (second - first)), Is.EqualTo(expected));     // every further block adds the same
    }

    [TestCase(EncoderSize.Tiny, 8, 7_870_656)]
    [TestCase(EncoderSize.Small, 8, 26_358_144)]
    public void A_plain_transformer_projects_the_bands_themselves(EncoderSize size, int tokenSize, long expected)
    {
        using var model = Encoder.Create(new EncoderConfig { Architecture = EncoderArchitecture.Vit, TokenSize = tokenSize }.Sized(size));

        Assert.That(Count(model), Is.EqualTo(expected));
        Assert.That(model.Adapter, Is.Null);
    }

    [TestCase(EncoderArchitecture.SpecVit, 75, 4, 16, PositionalEmbedding.Learned)]
    [TestCase(EncoderArchitecture.SpecVit, 235, 8, 40, PositionalEmbedding.SineCosine)]
    [TestCase(EncoderArchitecture.SpecVit, 150, 16, 48, PositionalEmbedding.Learned)]
    [TestCase(EncoderArchitecture.Vit, 12, 8, 24, PositionalEmbedding.SineCosine)]
    public void Any_bands_token_and_patch_size_give_a_feature_and_maps(EncoderArchitecture architecture, int bands, int token, int patch, PositionalEmbedding positions)
    {
        var shape = new EncoderConfig { Architecture = architecture, Bands = bands, TokenSize = token, PatchSize = patch, Width = 32, Depth = 3, Heads = 2, Positions = positions };
        using var model = Encoder.Create(shape);
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var images = randn(2, bands, patch, patch);

        var (feature, maps) = (model.forward(images), model.Maps(images, 2, 0));

        var side = patch / token;
        Assert.That(feature.shape, Is.EqualTo(new long[] { 2, model.Width }));
        Assert.That(maps.Layers.Select(map => map.shape), Is.All.EqualTo(new long[] { 2, 32, side, side }));
        Assert.That(maps.Pixels?.shape, Is.EqualTo(shape.HasAdapter ? new long[] { 2, 128, patch, patch } : null));
        Assert.That(() => model.Maps(images, 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Layers_are_numbered_from_the_input_to_the_output()
    {
        using var model = Encoder.Create(new EncoderConfig { PatchSize = 16, Width = 32, Depth = 3, Heads = 2 });

        var numbers = model.named_parameters().ToDictionary(pair => pair.name, pair => model.LayerOf(pair.name));

        Assert.That(numbers["spectral_adapter.0.weight"], Is.Zero);
        Assert.That(numbers["vit_core.pos_embed"], Is.Zero);
        Assert.That(numbers["vit_core.patch_embed.proj.weight"], Is.Zero);
        Assert.That(numbers["vit_core.norm.bias"], Is.EqualTo(4));
        for (var layer = 0; layer < 3; layer++)
        {
            var names = model.Layers[layer].named_parameters().Select(pair => $"vit_core.blocks.{layer}.{pair.name}").ToArray();
            Assert.That(names.Select(name => numbers[name]), Is.All.EqualTo(layer + 1));
            Assert.That(numbers.Count(pair => pair.Value == layer + 1), Is.EqualTo(names.Length));
        }
    }

    [Test]
    public void A_seed_decides_all_weights_and_the_global_generator_none()
    {
        var config = new MaeConfig { Encoder = new EncoderConfig { PatchSize = 16, Width = 32, Depth = 1, Heads = 2 }, DecoderWidth = 32, DecoderHeads = 2 };
        using var model = new MaskedAutoencoder(config, seed: 3);
        TorchSharp.torch.random.manual_seed(99);
        using var again = new MaskedAutoencoder(config, seed: 3);
        using var other = new MaskedAutoencoder(config, seed: 4);

        var (values, repeated, different) = (model.state_dict(), again.state_dict(), other.state_dict());

        Assert.That(values.All(pair => pair.Value.equal(repeated[pair.Key]).all().item<bool>()));
        Assert.That(different["encoder.vit_core.blocks.0.attn.qkv.weight"].equal(values["encoder.vit_core.blocks.0.attn.qkv.weight"]).all().item<bool>(), Is.False);
    }

    [Test]
    public void An_impossible_shape_is_refused_with_all_its_faults()
    {
        var config = new EncoderConfig { Bands = 10, PatchSize = 30, TokenSize = 4, Width = 100, Heads = 3, Depth = 0 };

        var error = Assert.Throws<RecipeException>(() => new SpectralViT(config).Dispose());

        Assert.That(error!.Message, Does.Contain("10 bands are too few").And.Contain("token_size 4 must divide patch_size 30")
            .And.Contain("heads 3 must divide width 100").And.Contain("depth must be positive"));
    }

    [Test]
    public void Images_of_another_size_are_refused_with_both_shapes()
    {
        using var model = new SpectralViT(new EncoderConfig { PatchSize = 16, Width = 32, Depth = 1, Heads = 2 });
        using var image = TorchSharp.torch.zeros(1, 202, 32, 32);

        Assert.That(() => model.forward(image), Throws.ArgumentException.With.Message.Contains("[1, 202, 32, 32]").And.Message.Contains("[B, 202, 16, 16]"));
    }

    private static long Count(Encoder model) => model.parameters().Sum(parameter => parameter.NumberOfElements);
}
