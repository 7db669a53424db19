using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class ImageHeadTests
{
    private static readonly EncoderConfig Vit = new() { PatchSize = 16, Width = 32, Depth = 1, Heads = 2 };
    private static readonly EncoderConfig[] Encoders =
    [
        Vit, Vit with { Architecture = EncoderArchitecture.Vit },
        Vit with { Architecture = EncoderArchitecture.SpecResnet50 }, Vit with { Architecture = EncoderArchitecture.Resnet50 },
    ];

    [Test]
    public void Every_encoder_is_classified_by_a_linear_layer_and_leaves_no_tensors([ValueSource(nameof(Encoders))] EncoderConfig encoder)
    {
        using var model = new ClassificationModel(new ClassificationConfig { Encoder = encoder, Classes = 19, MultiLabel = true }, seed: 1);
        ExpectGradients(model, model.forward, 19);

        Assert.That(model.named_children().Single(child => child.name == "head").module.parameters().Sum(parameter => parameter.NumberOfElements), Is.EqualTo((model.Encoder.Width + 1) * 19));
        Assert.That(HeadNames(model), Is.EquivalentTo(new[] { "head.weight", "head.bias" }));
    }

    [Test]
    public void Every_encoder_s_feature_is_regressed_and_leaves_no_tensors([ValueSource(nameof(Encoders))] EncoderConfig encoder)
    {
        using var model = new RegressionModel(new RegressionConfig { Encoder = encoder, Targets = 4 }, seed: 1);
        using var random = new Generator(1);
        ExpectGradients(model, images => model.ForwardTraining(images, random), 4);

        var d = model.Encoder.Width;
        Assert.That(model.named_children().Single(child => child.name == "head").module.parameters().Sum(parameter => parameter.NumberOfElements), Is.EqualTo((2 * d) + ((d + 1) * 2048) + (2049 * 1024) + (1025 * 4)));
    }

    [Test]
    public void The_regression_head_has_the_places_of_the_reference_s_sequence()
    {
        using var model = new RegressionModel(new RegressionConfig { Encoder = Vit, Targets = 4 });

        Assert.That(HeadNames(model), Is.EquivalentTo(new[]
        {
            "head.0.weight", "head.0.bias", "head.0.running_mean", "head.0.running_var", "head.0.num_batches_tracked",
            "head.1.weight", "head.1.bias", "head.4.weight", "head.4.bias", "head.7.weight", "head.7.bias",
        }));
    }

    [Test]
    public void Dropout_follows_its_generator_and_estimates_have_none()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = new RegressionModel(new RegressionConfig { Encoder = Vit, Targets = 2 }, seed: 1);
        using var whole = new RegressionModel(new RegressionConfig { Encoder = Vit, Targets = 2, Dropout = 0 }, seed: 1);
        model.eval();
        whole.eval();
        var images = randn(3, 202, 16, 16);

        Tensor[] runs = [.. new[] { 7, 7, 8 }.Select(seed => Trained(model, seed))];

        Assert.That(runs[0].equal(runs[1]).all().item<bool>());
        Assert.That(runs[0].equal(runs[2]).any().item<bool>(), Is.False);
        Assert.That(Trained(whole, 7).equal(whole.forward(images)).all().item<bool>());
        Assert.That(model.forward(images).equal(whole.forward(images)).all().item<bool>());

        Tensor Trained(RegressionModel network, int seed)
        {
            using var random = new Generator((ulong)seed);
            return network.ForwardTraining(images, random);
        }
    }

    [Test]
    public void Impossible_shapes_are_refused()
    {
        Assert.That(() => new ClassificationModel(new ClassificationConfig { Encoder = Vit, Classes = 1 }), Refused("classes must be at least 2"));
        Assert.That(() => new ClassificationModel(new ClassificationConfig { Encoder = Vit, Classes = 0, MultiLabel = true }), Refused("classes must be at least 1"));
        Assert.That(() => new RegressionModel(new RegressionConfig { Encoder = Vit, Targets = 0 }), Refused("targets must be at least 1"));
        Assert.That(() => new RegressionModel(new RegressionConfig { Encoder = Vit, Targets = 1, Dropout = 1 }), Refused("dropout must lie in [0, 1)"));

        static NUnit.Framework.Constraints.Constraint Refused(string rule) => Throws.InstanceOf<RecipeException>().With.Message.Contains(rule);
    }

    private static IEnumerable<string> HeadNames(nn.Module model) => model.state_dict().Keys.Where(name => name.StartsWith("head.", StringComparison.Ordinal));

    private static void ExpectGradients(nn.Module model, Func<Tensor, Tensor> forward, long outputs)
    {
        Pass();
        foreach (var (name, parameter) in model.named_parameters())
            Assert.That(parameter.grad is not null, Is.EqualTo(parameter.requires_grad), name);
        using var leaks = TensorLeaks.MustBeNone();
        Pass();

        void Pass()
        {
            using var scope = NewDisposeScope();
            var found = forward(randn(2, 202, 16, 16));
            Assert.That(found.shape, Is.EqualTo(new[] { 2, outputs }));
            found.square().sum().backward();
        }
    }
}
