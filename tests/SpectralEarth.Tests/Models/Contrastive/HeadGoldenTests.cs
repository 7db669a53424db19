using SpectralEarth.Checkpoints;
using SpectralEarth.Models.Contrastive;
using SpectralEarth.Models.Layers;
using SpectralEarth.Models.Masking;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models.Contrastive;

/// <summary>Projection heads, momentum update and normalized target against the reference's (lightly).</summary>
[TestFixture(ScalarType.Float32)]
[TestFixture(ScalarType.Float64)]
public sealed class HeadGoldenTests(ScalarType type)
{
    private readonly Golden golden = new("losses");

    [Test]
    public void MoCo_head_equals_the_reference_in_evaluation_and_training_and_tracks_its_statistics()
    {
        using var head = MocoHead("moco_online.safetensors");
        using var after = SafeTensorsFile.Open(golden.File("moco_head_buffers_after_train_forward.safetensors"));
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var input = golden.Read("moco_head_input.npy").to(type);

        head.eval();
        golden.Expect(head.forward(input), "moco_head_expected_output_eval.npy");
        head.train();
        golden.Expect(head.forward(input), "moco_head_expected_output_train.npy");

        foreach (var (name, buffer) in head.named_buffers())
            Golden.Near(buffer, after.Read(name), 1e-6, name);
    }

    [TestCase("dino_head_expected_output.npy", "last_layer.weight_g")]
    [TestCase("dino_head_expected_output_weight_g_variant.npy", "weight_g_variant")]
    public void DINO_head_equals_the_reference(string expected, string lengths)
    {
        using var head = new DistillationHead(24, 48, 16, 32, new FirstWeights(1));
        using var weights = SafeTensorsFile.Open(golden.File("dino_head_weights.safetensors"));
        using var scope = NewDisposeScope();
        WeightLoader.Load(head.state_dict(), weights, "", "weight_g_variant");
        using (no_grad())
            head.state_dict()["last_layer.weight_g"].copy_(weights.Read(lengths));
        head.to(type);

        golden.Expect(head.forward(golden.Read("dino_head_input.npy").to(type)), expected);
    }

    [Test]
    public void DINO_head_trains_the_references_parameters_in_its_shapes()
    {
        using var head = new DistillationHead(24, 48, 16, 32, new FirstWeights(1));
        var facts = golden.Json("dino_head.json");

        foreach (var (name, parameter) in head.named_parameters())
        {
            Assert.That(parameter.requires_grad, Is.EqualTo(facts.GetProperty("requires_grad").GetProperty(name).GetBoolean()), name);
            Assert.That(parameter.shape, Is.EqualTo(facts.GetProperty("shapes").GetProperty(name).EnumerateArray().Select(size => size.GetInt64())), name);
        }

        Assert.That(head.named_parameters().Count(), Is.EqualTo(facts.GetProperty("shapes").EnumerateObject().Count()));
    }

    [Test]
    public void Normalized_target_and_its_loss_equal_the_reference_for_a_constant_patch_too()
    {
        using var scope = NewDisposeScope();
        var (raw, prediction) = (golden.Read("normpix_target_raw.npy").to(type), golden.Read("normpix_pred.npy").to(type));
        var facts = golden.Json("normpix.json");

        var (mean, deviation) = PixelTarget.Statistics(raw, weight: null);
        var target = (raw - mean) / deviation;

        golden.Expect(target, "normpix_expected_target.npy");
        Near(PixelTarget.Loss(prediction, target, weight: null), "loss_normpix");
        Near(PixelTarget.Loss(prediction, raw, weight: null), "loss_raw");

        void Near(Tensor loss, string entry)
        {
            var expected = facts.GetProperty(entry).GetProperty(type == ScalarType.Float64 ? "float64" : "float32").GetDouble();
            Assert.That(loss.to(float64).item<double>(), Is.EqualTo(expected).Within(expected * (type == ScalarType.Float64 ? 1e-12 : 2e-6)), entry);
        }
    }

    // Table 3.3: 1,052,928 parameters for ViT-S, 4,460,800 for ResNet-50.
    [TestCase(384, 1_052_928)]
    [TestCase(2048, 4_460_800)]
    public void MoCo_head_has_the_references_parameters(int width, long expected)
    {
        using var head = new ProjectionHead([width, 2048, 128], new FirstWeights(1));

        Assert.That(head.parameters().Sum(parameter => parameter.NumberOfElements), Is.EqualTo(expected));
    }

    private ProjectionHead MocoHead(string file)
    {
        var head = new ProjectionHead([24, 48, 16], new FirstWeights(1));
        using var weights = SafeTensorsFile.Open(golden.File(file));
        WeightLoader.Load(head, weights);
        head.to(type);
        return head;
    }
}
