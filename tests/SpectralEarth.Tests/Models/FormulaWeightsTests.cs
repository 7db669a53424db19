using System.Text.Json;
using SpectralEarth.Models;
using SpectralEarth.Models.Layers;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class FormulaWeightsTests
{
    private static readonly ViTConfig Small = new() { Positions = PositionalEmbedding.Learned };
    private static readonly ViTConfig Base = Small with { Width = 768, Heads = 12 };

    private readonly Golden golden = new("formula_weights");

    [Test]
    public void Names_and_shapes_of_the_small_model_are_the_reference_s() => ExpectNames(Small, "spec_vit_small");

    [Test]
    public void Names_and_shapes_of_the_base_model_are_the_reference_s() => ExpectNames(Base, "spec_vit_base");

    [Test]
    public void Every_stage_of_the_small_model_equals_the_reference()
    {
        using var model = new SpectralViT(Small);
        FillByFormula(model);
        model.eval();
        var expected = golden.Json("spec_vit_small.json");
        using var leaks = TensorLeaks.MustBeNone();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var (core, x) = (model.Core, Input());

        var adapted = model.Adapter.forward(x);
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

    private void ExpectNames(ViTConfig config, string name)
    {
        var expected = golden.Json(name + "_params.json");
        using var model = new SpectralViT(config);

        var found = Ordered(model).Select(pair => $"{pair.Key} [{string.Join(", ", pair.Value.shape)}]").ToArray();

        var rows = expected.GetProperty("tensors").EnumerateArray()
            .Select(row => $"{row.GetProperty("name").GetString()} [{string.Join(", ", row.GetProperty("shape").EnumerateArray())}]");
        Assert.That(found, Is.EqualTo(rows));
        Assert.That(model.parameters().Sum(parameter => parameter.NumberOfElements), Is.EqualTo(expected.GetProperty("num_parameters").GetInt64()));
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Ordered(SpectralViT model) =>
        model.state_dict().Where(pair => !pair.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal);

    private static void FillByFormula(SpectralViT model)
    {
        using var frozen = no_grad();
        foreach (var (k, (name, target)) in Ordered(model).Select((pair, k) => (k, (pair.Key, pair.Value))))
        {
            using var scope = NewDisposeScope();
            var s = (arange(target.NumberOfElements, float64).remainder(1000003) * 0.1 + k).sin_();
            var values = name.EndsWith("running_var", StringComparison.Ordinal) ? 1 + (0.5 * s.abs())
                : target.dim() == 1 && name.EndsWith("weight", StringComparison.Ordinal) ? 1 + (0.02 * s)
                : 0.02 * s;
            target.copy_(values.reshape(target.shape));
        }
    }

    private static Tensor Input()
    {
        var (c, y, x) = (arange(202, float64).view(-1, 1, 1), arange(128, float64).view(1, -1, 1), arange(128, float64).view(1, 1, -1));
        return ((0.01 * c) + (0.05 * y) + (0.03 * x)).sin().unsqueeze(0).to(float32);
    }
}
