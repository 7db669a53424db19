using SpectralEarth.Models;
using SpectralEarth.Recipes;

namespace SpectralEarth.Tests.Models;

public sealed class ViTSizesTests
{
    [TestCase(192, 12, 3, 5_985_344)]
    [TestCase(384, 12, 6, 22_531_328)]
    [TestCase(768, 12, 12, 87_473_792)]
    [TestCase(1024, 24, 16, 305_516_416)]
    [TestCase(1280, 32, 16, 633_672_832)]
    [TestCase(1536, 40, 24, 1_138_043_264)]
    public void Parameters_of_tiny_to_giant_are_as_published(int width, int depth, int heads, long expected)
    {
        using var one = new SpectralViT(new ViTConfig { Width = width, Depth = 1, Heads = heads });
        using var two = new SpectralViT(new ViTConfig { Width = width, Depth = 2, Heads = heads });

        var (first, second) = (Count(one), Count(two));

        Assert.That(first + ((depth - 1) * (second - first)), Is.EqualTo(expected));     // every further block adds the same
    }

    [Test]
    public void A_seed_decides_all_weights_and_the_global_generator_none()
    {
        var config = new MaeConfig { Encoder = new ViTConfig { PatchSize = 16, Width = 32, Depth = 1, Heads = 2 }, DecoderWidth = 32, DecoderHeads = 2 };
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
        var config = new ViTConfig { Bands = 10, PatchSize = 30, TokenSize = 4, Width = 100, Heads = 3, Depth = 0 };

        var error = Assert.Throws<RecipeException>(() => new SpectralViT(config).Dispose());

        Assert.That(error!.Message, Does.Contain("bands must be at least 75").And.Contain("token_size 4 must divide patch_size 30")
            .And.Contain("heads 3 must divide width 100").And.Contain("depth must be positive"));
    }

    [Test]
    public void Images_of_another_size_are_refused_with_both_shapes()
    {
        using var model = new SpectralViT(new ViTConfig { PatchSize = 16, Width = 32, Depth = 1, Heads = 2 });
        using var image = TorchSharp.torch.zeros(1, 202, 32, 32);

        Assert.That(() => model.forward(image), Throws.ArgumentException.With.Message.Contains("[1, 202, 32, 32]").And.Message.Contains("[B, 202, 16, 16]"));
    }

    private static long Count(SpectralViT model) => model.parameters().Sum(parameter => parameter.NumberOfElements);
}
