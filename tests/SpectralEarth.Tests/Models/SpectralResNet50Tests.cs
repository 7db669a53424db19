using SpectralEarth.Models;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class SpectralResNet50Tests
{
    private static readonly EncoderConfig Spectral = new() { Architecture = EncoderArchitecture.SpecResnet50, Bands = 75, PatchSize = 16 };
    private static readonly EncoderConfig Plain = Spectral with { Architecture = EncoderArchitecture.Resnet50, Bands = 5 };

    [Test]
    public void The_plain_network_has_the_parameters_of_timm_s_on_its_bands()
    {
        using var model = Encoder.Create(Plain with { Bands = 202 });

        // torchvision's and timm's resnet50 have 25,557,032 on 3 channels with 1,000 classes; 2,049,000 are the classifier's.
        Assert.That(model.parameters().Sum(parameter => parameter.NumberOfElements), Is.EqualTo(25_557_032 - 2_049_000 + (199 * 64 * 49)));
        Assert.That(NetworkWork.ParametersOfEncoder(model.Config), Is.EqualTo(25_557_032 - 2_049_000 + (199 * 64 * 49)));
        Assert.That(model.Adapter, Is.Null);
    }

    [Test]
    public void All_stages_equal_a_plain_computation_with_the_strides_and_dilations_of_the_reference([Values] bool spectral, [Values] bool dilated)
    {
        var config = spectral ? Spectral : Plain;
        using var model = new SpectralResNet50(config, dilated, seed: 1);
        using var leaks = TensorLeaks.MustBeNone();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        Randomize(model, random);
        model.eval();
        var images = randn([2, config.Bands, 16, 16], generator: random);

        var maps = model.Maps(images, 3, 2, 1, 0);

        var oracle = new Oracle(model.state_dict());
        var x = spectral ? model.Adapter!.forward(images).to(float64) : oracle.Stem(images.to(float64), dilated);
        for (var stage = 0; stage < 4; stage++)
        {
            x = oracle.Stage(x, stage, stride: !dilated && (stage > 0 || spectral) ? 2 : 1, dilation: dilated ? (spectral ? 1 : 2) << stage : 1);
            var found = maps.Layers[3 - stage];
            Assert.That(found.shape, Is.EqualTo(x.shape));
            Assert.That((found - x).abs().max().item<double>(), Is.LessThan(1e-5 * x.abs().max().item<double>()), $"stage {stage}");
            Assert.That(found.shape[3], Is.EqualTo(dilated ? 16 : config.MapSide(stage)));
            Assert.That(found.shape[1], Is.EqualTo(config.MapWidth(stage)));
        }

        var feature = x.mean([2, 3]);
        Assert.That((model.forward(images) - feature).abs().max().item<double>(), Is.LessThan(1e-5 * feature.abs().max().item<double>()));
    }

    [TestCase(EncoderArchitecture.SpecResnet50, 20, 10, 5, 3, 2)]
    [TestCase(EncoderArchitecture.Resnet50, 20, 5, 3, 2, 1)]
    [TestCase(EncoderArchitecture.Resnet50, 33, 9, 5, 3, 2)]
    public void Images_of_any_size_are_taken_and_sides_rounded_up(EncoderArchitecture architecture, int size, params int[] sides)
    {
        var config = Spectral with { Architecture = architecture, PatchSize = size };
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = Encoder.Create(config);
        model.eval();

        var maps = model.Maps(zeros(1, 75, size, size), 0, 1, 2, 3);

        Assert.That(maps.Layers.Select(map => map.shape[3]), Is.EqualTo(sides));
        Assert.That(Enumerable.Range(0, 4).Select(config.MapSide), Is.EqualTo(sides));
    }

    [Test]
    public void Every_parameter_gets_a_gradient_and_stages_are_numbered_from_the_input()
    {
        using var scope = NewDisposeScope();
        using var model = Encoder.Create(Spectral);

        model.forward(randn(2, 75, 16, 16)).square().sum().backward();

        var parameters = model.named_parameters().ToArray();
        Assert.That(parameters.Sum(pair => pair.parameter.NumberOfElements), Is.EqualTo(NetworkWork.ParametersOfEncoder(model.Config)));
        Assert.That(parameters.Where(pair => pair.parameter.grad is null), Is.Empty);
        Assert.That(parameters.Select(pair => model.LayerOf(pair.name)), Is.Ordered);
        for (var layer = 0; layer < 4; layer++)
        {
            var handles = model.Layers[layer].parameters().Select(parameter => parameter.Handle).ToHashSet();
            Assert.That(parameters.Where(pair => model.LayerOf(pair.name) == layer + 1).Select(pair => pair.parameter.Handle), Is.EquivalentTo(handles));
        }
    }

    [Test]
    public void A_masked_autoencoder_needs_tokens() =>
        Assert.That(() => new MaskedAutoencoder(new MaeConfig { Encoder = Spectral }),
            Throws.InstanceOf<SpectralEarth.Recipes.RecipeException>().With.Message.Contains("needs a transformer"));

    /// <summary>Weights of which every one matters; the norms' last scale begins at zero.</summary>
    private static void Randomize(nn.Module model, Generator random)
    {
        foreach (var (name, weight) in model.state_dict().Where(pair => pair.Value.is_floating_point()))
        {
            if (name.EndsWith("running_var", StringComparison.Ordinal))
                weight.uniform_(0.5, 1.5, random);
            else if (weight.dim() == 1)
                weight.normal_(name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0, 0.2, random);
        }
    }

    /// <summary>The network by libtorch's functions, in double precision, from the state dict; the table of blocks is the paper's.</summary>
    private sealed class Oracle(Dictionary<string, Tensor> weights)
    {
        private readonly Dictionary<string, Tensor> state = weights.ToDictionary(pair => pair.Key, pair => pair.Value.to(float64));

        private static readonly int[] Blocks = [3, 4, 6, 3];

        internal Tensor Stem(Tensor images, bool dilated)
        {
            var x = Norm(Conv(images, "conv1", dilated ? 1 : 2, 3, 1), "bn1").relu();
            return dilated ? x : nn.functional.max_pool2d(x, [3, 3], [2, 2], [1, 1]);
        }

        internal Tensor Stage(Tensor x, int stage, int stride, int dilation)
        {
            for (var block = 0; block < Blocks[stage]; block++, stride = 1)
            {
                var name = $"layer{stage + 1}.{block}.";
                var y = Norm(Conv(x, name + "conv1", 1, 0, 1), name + "bn1").relu();
                y = Norm(Conv(y, name + "conv2", stride, dilation, dilation), name + "bn2").relu();
                y = Norm(Conv(y, name + "conv3", 1, 0, 1), name + "bn3");
                var shortcut = block == 0 ? Norm(Conv(x, name + "downsample.0", stride, 0, 1), name + "downsample.1") : x;
                x = (y + shortcut).relu();
            }

            return x;
        }

        private Tensor Conv(Tensor x, string name, long stride, long padding, long dilation) => nn.functional.conv2d(
            x, state[$"resnet.{name}.weight"], null, [stride, stride], [padding, padding], [dilation, dilation]);

        private Tensor Norm(Tensor x, string name) => nn.functional.batch_norm(
            x, state[$"resnet.{name}.running_mean"], state[$"resnet.{name}.running_var"], state[$"resnet.{name}.weight"], state[$"resnet.{name}.bias"]);
    }
}
