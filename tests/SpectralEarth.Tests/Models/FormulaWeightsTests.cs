using System.Text.Json;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Models.Layers;
using SpectralEarth.Testing;
using SpectralEarth.Tests.Checkpoints;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class FormulaWeightsTests
{
    private readonly Golden golden = new("formula_weights");

    [Test]
    public void Names_and_shapes_of_the_small_model_are_the_reference_s() => ExpectNames(FormulaWeights.Small, "spec_vit_small");

    [Test]
    public void Names_and_shapes_of_the_base_model_are_the_reference_s() => ExpectNames(FormulaWeights.Base, "spec_vit_base");

    [Test]
    public void Every_stage_of_the_small_model_equals_the_reference() => ExpectStages(FormulaWeights.Small, "spec_vit_small");

    [Test]
    public void Every_stage_of_the_base_model_equals_the_reference() => ExpectStages(FormulaWeights.Base, "spec_vit_base");

    [Test]
    public void Names_and_shapes_of_the_residual_network_are_the_reference_s() => ExpectNames(FormulaWeights.ResNet, "spec_resnet50");

    [Test]
    public void Every_stage_of_the_residual_network_equals_the_reference()
    {
        using var model = new SpectralResNet50(FormulaWeights.ResNet);
        FormulaWeights.Fill(model);
        model.eval();
        var expected = golden.Json("spec_resnet50.json");
        using var leaks = TensorLeaks.MustBeNone();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();

        var maps = model.Maps(FormulaWeights.Input(), 0, 1, 2, 3);

        ExpectStage(expected, "adapter", maps.Pixels!);
        for (var stage = 0; stage < 4; stage++)
            ExpectStage(expected, $"layer{stage + 1}", maps.Layers[stage]);
        ExpectStage(expected, "feature", model.forward(FormulaWeights.Input()));
    }

    [Test]
    public void The_small_model_gives_the_reference_s_feature_in_ONNX_Runtime()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = new SpectralViT(FormulaWeights.Small);
        FormulaWeights.Fill(model);
        SafeTensorsFile.Write(
            folder.File("run.safetensors"),
            model.state_dict().ToDictionary(pair => CheckpointFile.EncoderPrefix + pair.Key, pair => pair.Value),
            new Dictionary<string, string> { [ModelDescription.MetadataKey] = (Samples.Mae with { Architecture = ModelDescription.EncoderOnlyArchitecture, Mae = null, EncoderOnly = FormulaWeights.Small }).ToJson() });

        Exporter.Export(folder.File("run.safetensors"), folder.File("network.onnx"), new ExportOptions { Format = ExportFormat.Onnx });

        using var network = new OnnxNetwork(folder.File("network.onnx"));
        ExpectStage(golden.Json("spec_vit_small.json"), "feature", network.Run(FormulaWeights.Input(), "feature"));
    }

    private void ExpectStages(EncoderConfig config, string name)
    {
        using var model = new SpectralViT(config);
        FormulaWeights.Fill(model);
        model.eval();
        var expected = golden.Json(name + ".json");
        using var leaks = TensorLeaks.MustBeNone();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var (core, x) = (model.Core, FormulaWeights.Input());

        var adapted = model.Adapter!.forward(x);
        var projected = core.Project(TokenPixels.Split(adapted, 4).flatten(2));
        var embedded = core.AddPositions(projected);
        var blocks = new List<Tensor>();
        core.Blocks(embedded, (_, tokens) => blocks.Add(tokens.clone().MoveToOtherDisposeScope(scope)));

        ExpectStage(expected, "adapter", adapted);
        ExpectStage(expected, "patch_embed", projected);
        ExpectStage(expected, "pos_embed_tokens", embedded);
        for (var i = 0; i < blocks.Count; i++)
            ExpectStage(expected, $"block_{i}", blocks[i]);
        ExpectStage(expected, "norm_tokens", core.Normalize(blocks[^1]));
        ExpectStage(expected, "feature", model.forward(x));
    }

    private static void ExpectStage(JsonElement expected, string stage, Tensor found)
    {
        using var scope = NewDisposeScope();
        var float32 = stage == "feature"
            ? expected.GetProperty(stage).GetProperty("float32")
            : expected.GetProperty("stages").GetProperty("float32").GetProperty(stage);
        var allowed = Allowed(expected, stage);
        var first = float32.GetProperty("first16").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        Assert.That(found.shape, Is.EqualTo(float32.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())), stage);
        Golden.Near(found.reshape(-1)[..16], tensor(first), allowed, stage);
        Assert.That(found.to(ScalarType.Float64).norm().item<double>(), Is.EqualTo(float32.GetProperty("l2").GetDouble()).Within(1e-3).Percent, stage);
        if (float32.TryGetProperty("values", out var values))
            Golden.Near(found.reshape(-1), tensor(values.EnumerateArray().Select(value => value.GetDouble()).ToArray()), allowed, stage);
    }

    private static double Allowed(JsonElement expected, string stage) =>
        expected.GetProperty("f32_vs_f64").GetProperty(stage).GetProperty("recommended_atol").GetDouble();

    private void ExpectNames(EncoderConfig config, string name)
    {
        var expected = golden.Json(name + "_params.json");
        using var model = Encoder.Create(config);

        var found = FormulaWeights.Ordered(model).Select(pair => $"{pair.Key} [{string.Join(", ", pair.Value.shape)}]").ToArray();

        var rows = expected.GetProperty("tensors").EnumerateArray()
            .Select(row => $"{row.GetProperty("name").GetString()} [{string.Join(", ", row.GetProperty("shape").EnumerateArray())}]");
        Assert.That(found, Is.EqualTo(rows));
        Assert.That(model.parameters().Sum(parameter => parameter.NumberOfElements), Is.EqualTo(expected.GetProperty("num_parameters").GetInt64()));
    }
}
