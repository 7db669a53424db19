using System.Text.Json;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Models.Layers;
using SpectralEarth.Models.Masking;
using SpectralEarth.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

[TestFixture(ScalarType.Float32)]
[TestFixture(ScalarType.Float64)]
public sealed class MaskedAutoencoderGoldenTests(ScalarType type)
{
    private static readonly MaeConfig Mini = new()
    {
        Encoder = new EncoderConfig { PatchSize = 32, Width = 96, Depth = 2, Heads = 3 },
        DecoderWidth = 64,
        DecoderHeads = 4,
        AdapterInput = AdapterInput.All,
    };

    private readonly Golden golden = new("mae_mini");

    private string TypeName => type == ScalarType.Float64 ? "float64" : "float32";

    [TestCase(true, "train")]
    [TestCase(false, "eval")]
    public void Every_stage_equals_the_reference(bool train, string mode)
    {
        using var model = Load(Mini);
        using var leaks = TensorLeaks.MustBeNone();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var mask = Mask();
        var pixels = TokenPixels.Split(Input(), 4);
        model.train(train);

        var features = model.Encoder.PixelFeatures(pixels);
        var encoded = model.Encode(pixels, mask);
        var decoder = (SelfDecoder)model.Decoder;
        var embedded = decoder.Embed(encoded);
        var decoded = decoder.Decode(embedded, mask, first: 0);

        golden.Expect(model.Encoder.Core.Project(features), $"expected_{mode}_patch_embed.npy");
        golden.Expect(encoded, $"expected_{mode}_encoder_tokens.npy");
        golden.Expect(embedded, $"expected_{mode}_decoder_embed.npy");
        golden.Expect(InImageOrder(decoded, mask), $"expected_{mode}_decoder_tokens.npy");
        ExpectSummary(features.reshape(-1, SpectralAdapter.Features), golden.Json($"adapter_summary_{mode}.json").GetProperty(TypeName));
    }

    [TestCase(true, true, "train_normpix")]
    [TestCase(true, false, "train_rawpix")]
    [TestCase(false, true, "eval_normpix")]
    [TestCase(false, false, "eval_rawpix")]
    public void Prediction_target_and_loss_equal_the_reference(bool train, bool normalized, string entry)
    {
        using var model = Load(Mini with { NormalizedTarget = normalized });
        using var leaks = TensorLeaks.MustBeNone();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var mask = Mask();
        model.train(train);
        var expected = golden.Json("losses.json").GetProperty(entry).GetProperty(TypeName).GetDouble();

        var (prediction, target, _) = model.Predict(Input(), mask);
        var loss = model.Loss(Input(), mask).to(float64).item<double>();

        if (type == ScalarType.Float32)
        {
            golden.Expect(prediction, $"expected_{(train ? "train" : "eval")}_pred.npy");
            golden.Expect(target, $"expected_target_{(normalized ? "normpix" : "rawpix")}.npy");
        }

        Assert.That(loss, Is.EqualTo(expected).Within(expected * (type == ScalarType.Float32 ? 1e-5 : 1e-12)));
    }

    [TestCase(true, "gradients_l2_train_normpix.json")]
    [TestCase(false, "gradients_l2_train_rawpix.json")]
    public void Gradients_equal_the_reference(bool normalized, string norms)
    {
        using var model = Load(Mini with { NormalizedTarget = normalized });
        using var scope = NewDisposeScope();
        using var mask = Mask();
        model.train();
        var expected = golden.Json(norms);

        model.Loss(Input(), mask).backward();

        using var full = normalized ? SafeTensorsFile.Open(golden.File("gradients_train_normpix.safetensors")) : null;
        using (Assert.EnterMultipleScope())
        {
            foreach (var (name, parameter) in model.named_parameters())
            {
                var entry = expected.GetProperty(name);
                if (entry.ValueKind == JsonValueKind.Null)
                {
                    Assert.That(parameter.requires_grad, Is.False, name);
                    continue;
                }

                var (gradient, norm) = (parameter.grad!, entry.GetProperty(TypeName).GetDouble());
                var isZero = name is "encoder.spectral_adapter.0.bias" or "encoder.spectral_adapter.3.bias" or "encoder.spectral_adapter.6.bias";
                var allowed = isZero ? 1e-7 : norm * (type == ScalarType.Float32 ? 1e-4 : 1e-10);
                Assert.That(gradient.norm().to(float64).item<double>(), Is.EqualTo(isZero ? 0 : norm).Within(allowed), name);
                if (full is not null)
                    Golden.Near(gradient, full.Read(name), isZero ? 1e-7 : 1e-4 * norm, name);
            }
        }
    }

    [Test]
    public void The_training_checkpoint_under_all_its_names_gives_the_same_prediction_and_loss()
    {
        using var folder = new TemporaryFolder();
        using var model = new MaskedAutoencoder(Mini);
        model.to(type);
        using var scope = NewDisposeScope();
        using var mask = Mask();
        var expected = golden.Json("losses.json").GetProperty("eval_normpix").GetProperty(TypeName).GetDouble();

        var report = Importer.Import(golden.File("lightning.ckpt"), folder.Path, Checkpoints.Samples.Import with { Model = Mini });
        using (var file = SafeTensorsFile.Open(report.Path))
            WeightLoader.Load(model, file, CheckpointFile.ModelPrefix);
        model.eval();
        using var frozen = no_grad();

        golden.Expect(model.Encode(TokenPixels.Split(Input(), 4), mask), "expected_eval_encoder_tokens.npy");
        if (type == ScalarType.Float32)
            golden.Expect(model.Predict(Input(), mask).Prediction, "expected_eval_pred.npy");
        Assert.That(model.Loss(Input(), mask).to(float64).item<double>(), Is.EqualTo(expected).Within(expected * (type == ScalarType.Float32 ? 1e-5 : 1e-12)));
    }

    [Test]
    public void Buffers_after_one_training_step_equal_the_reference()
    {
        using var model = Load(Mini);
        using var scope = NewDisposeScope();
        using var mask = Mask();
        model.train();
        using var expected = SafeTensorsFile.Open(golden.File("buffers_after_train_step.safetensors"));

        model.Loss(Input(), mask);

        var buffers = model.named_buffers().ToDictionary(pair => pair.name, pair => pair.buffer);
        Assert.That(buffers.Keys, Is.EquivalentTo(expected.Names));
        foreach (var name in expected.Names)
            Golden.Near(buffers[name], expected.Read(name), 1e-6, name);
    }

    [Test]
    public void Loss_over_ten_AdamW_steps_equals_the_reference()
    {
        using var model = Load(Mini);
        using var scope = NewDisposeScope();
        using var mask = Mask();
        model.train();
        var expected = golden.Json("loss_trace.json").GetProperty(TypeName).EnumerateArray().Select(value => value.GetDouble()).ToArray();
        using var optimizer = optim.AdamW(model.parameters(), lr: 1e-4, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01);
        var input = Input();

        var losses = expected.Select(_ =>
        {
            using var step = NewDisposeScope();
            optimizer.zero_grad();
            var loss = model.Loss(input, mask);
            loss.backward();
            optimizer.step();
            return loss.to(float64).item<double>();
        }).ToArray();

        Assert.That(losses, Is.EqualTo(expected).Within(type == ScalarType.Float32 ? 1e-5 : 1e-8));
    }

    private MaskedAutoencoder Load(MaeConfig config)
    {
        var model = new MaskedAutoencoder(config);
        model.to(type);
        using var file = SafeTensorsFile.Open(golden.File("weights.safetensors"));
        WeightLoader.Load(model.state_dict(), file, "", "encoder_mask_token", "encoder.vit_core.head.");
        return model;
    }

    private Tensor Input()
    {
        using var stored = golden.Read("input.npy");
        return stored.to(type, copy: true);
    }

    private TokenMask Mask()
    {
        using var scope = NewDisposeScope();
        var mask = new TokenMask(golden.Read("idx_keep.npy").narrow(1, 1, 6) - 1, golden.Read("idx_mask.npy") - 1);
        mask.Kept.MoveToOuterDisposeScope();
        mask.Hidden.MoveToOuterDisposeScope();
        return mask;
    }

    private static Tensor InImageOrder(Tensor decoded, TokenMask mask)
    {
        var positions = cat([zeros(decoded.shape[0], 1, dtype: int64), mask.Kept + 1, mask.Hidden + 1], 1);
        return decoded.new_zeros(decoded.shape).scatter_(1, positions.unsqueeze(2).expand_as(decoded), decoded);
    }

    private static void ExpectSummary(Tensor features, JsonElement expected)
    {
        var means = expected.GetProperty("channel_means").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        var allowed = features.dtype == float32 ? 2e-6 : 1e-12;
        Golden.Near(features.mean([0]), tensor(means), allowed, "channel means");
        Assert.That(features.to(float64).mean().item<double>(), Is.EqualTo(expected.GetProperty("mean").GetDouble()).Within(allowed));
    }
}
