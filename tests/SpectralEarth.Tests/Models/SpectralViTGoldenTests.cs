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
    private const string Head = "vit_core.head.";

    private static readonly EncoderConfig Mini = new()
    {
        PatchSize = 32,
        Width = 96,
        Depth = 2,
        Heads = 3,
        Positions = PositionalEmbedding.Learned,
    };

    private readonly Golden golden = new("spec_vit_mini");
    private SpectralViT model = null!;
    private Tensor input = null!, headWeight = null!, headBias = null!;

    [OneTimeSetUp]
    public void Load()
    {
        model = new SpectralViT(Mini);
        model.to(type);
        using var file = WeightFile.Open(golden.File(weights));
        WeightLoader.Load(model.state_dict(), file, prefix, Head);
        model.eval();
        headWeight = Stored(file, "weight");
        headBias = Stored(file, "bias");
        using var stored = golden.Read("input.npy");
        input = stored.to(type, copy: true);
    }

    [OneTimeTearDown]
    public void Unload()
    {
        model.Dispose();
        headWeight.Dispose();
        headBias.Dispose();
        input.Dispose();
    }

    [Test]
    public void Every_stage_equals_the_reference()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var core = model.Core;

        var adapted = model.Adapter!.forward(input);
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
        golden.Expect(Logits(input), "expected_logits.npy");
    }

    [Test]
    public void The_other_band_selection_gives_its_own_logits()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();

        var logits = Logits(golden.Read("input_alt_bands.npy").to(type));

        golden.Expect(logits, "expected_logits_alt_bands.npy");
    }

    [Test]
    public void Maps_are_images_of_each_block_the_last_one_normed()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();

        var maps = model.Maps(input, 1, 0);

        golden.Expect(maps.Pixels!, "expected_adapter.npy");
        golden.Expect(maps.Layers[1], "expected_intermediate_reshape_0.npy");
        golden.Expect(maps.Layers[0], "expected_intermediate_reshape_norm_1.npy");
    }

    private Tensor Logits(Tensor images) => nn.functional.linear(model.forward(images), headWeight, headBias);

    private Tensor Stored(WeightFile file, string name)
    {
        using var stored = file.Read(prefix + Head + name);
        return stored.to(type, copy: true);
    }
}
