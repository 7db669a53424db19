using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Models.Layers;
using SpectralEarth.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

[TestFixture(ScalarType.Float32, "weights.safetensors", "")]
[TestFixture(ScalarType.Float64, "weights.safetensors", "")]
[TestFixture(ScalarType.Float32, "weights.pth", "")]
[TestFixture(ScalarType.Float32, "lightning.ckpt", "model.")]
public sealed class SpectralViTGoldenTests(ScalarType type, string weights, string prefix)
{
    private static readonly ViTConfig Mini = new()
    {
        PatchSize = 32,
        Width = 96,
        Depth = 2,
        Heads = 3,
        Positions = PositionalEmbedding.Learned,
    };

    private readonly Golden golden = new("spec_vit_mini");
    private SpectralViT model = null!;
    private Tensor input = null!;

    [OneTimeSetUp]
    public void Load()
    {
        model = new SpectralViT(Mini, classes: 7);
        model.to(type);
        using var file = WeightFile.Open(golden.File(weights));
        WeightLoader.Load(model, file, prefix);
        model.eval();
        using var stored = golden.Read("input.npy");
        input = stored.to(type, copy: true);
    }

    [OneTimeTearDown]
    public void Unload()
    {
        model.Dispose();
        input.Dispose();
    }

    [Test]
    public void Every_stage_equals_the_reference()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var core = model.Core;

        var adapted = model.Adapter.forward(input);
        var projected = core.Project(TokenPixels.Split(adapted, 4).flatten(2));
        var embedded = core.AddPositions(projected);
        var blocks = new List<Tensor>();
        core.Blocks(embedded, (_, tokens) => blocks.Add(tokens.clone().MoveToOtherDisposeScope(scope)));

        golden.Expect(adapted, "expected_adapter.npy");
        golden.Expect(projected, "expected_patch_embed.npy");
        golden.Expect(embedded, "expected_pos_embed_tokens.npy");
        golden.Expect(blocks[0], "expected_block_0.npy");
        golden.Expect(blocks[1], "expected_block_1.npy");
        golden.Expect(core.Normalize(blocks[1]), "expected_norm_tokens.npy");
        golden.Expect(model.Tokens(input), "expected_norm_tokens.npy");
        golden.Expect(model.forward(input), "expected_logits.npy");
    }

    [Test]
    public void The_other_band_selection_gives_its_own_logits()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();

        var logits = model.forward(golden.Read("input_alt_bands.npy").to(type));

        golden.Expect(logits, "expected_logits_alt_bands.npy");
    }

    [TestCase(false, "expected_intermediate_reshape")]
    [TestCase(true, "expected_intermediate_reshape_norm")]
    public void Intermediate_layers_are_images_of_each_block(bool norm, string name)
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();

        var layers = model.IntermediateLayers(input, [1, 0], norm);

        golden.Expect(layers[1], name + "_0.npy");
        golden.Expect(layers[0], name + "_1.npy");
    }
}
