using SpectralEarth.Models;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class SegmentationModelTests
{
    private static readonly EncoderConfig Encoder = new() { PatchSize = 16, Width = 32, Depth = 1, Heads = 2 };

    [Test]
    public void Every_decoder_gives_logits_for_each_pixel_and_leaves_no_tensors([Values] SegmentationDecoder decoder)
    {
        using var model = new SegmentationModel(new SegmentationConfig { Encoder = Encoder, Classes = 5, Decoder = decoder }, seed: 1);
        Pass();
        using var leaks = TensorLeaks.MustBeNone();

        Pass();

        void Pass()
        {
            using var scope = NewDisposeScope();
            var logits = model.forward(randn(2, 202, 16, 16));
            Assert.That(logits.shape, Is.EqualTo(new long[] { 2, 5, 16, 16 }));
            logits.sum().backward();
        }
    }

    [Test]
    public void Every_trainable_parameter_gets_a_gradient([Values] SegmentationDecoder decoder)
    {
        using var scope = NewDisposeScope();
        using var model = new SegmentationModel(new SegmentationConfig { Encoder = Encoder, Classes = 5, Decoder = decoder }, seed: 1);

        model.forward(randn(2, 202, 16, 16)).square().sum().backward();

        foreach (var (name, parameter) in model.named_parameters())
            Assert.That(parameter.grad is not null, Is.EqualTo(parameter.requires_grad), name);
    }

    [Test]
    public void The_convolutional_decoder_has_the_parameters_of_the_reference()
    {
        var config = new SegmentationConfig { Encoder = Encoder with { Width = 384, Heads = 6 }, Classes = 14, Decoder = SegmentationDecoder.Conv };
        using var model = new SegmentationModel(config);

        Assert.That(model.Decoder.parameters().Sum(parameter => parameter.NumberOfElements), Is.EqualTo(458_894));
    }

    [Test]
    public void The_encoder_has_the_names_of_the_autoencoder_s()
    {
        using var model = new SegmentationModel(new SegmentationConfig { Encoder = Encoder, Classes = 3 });
        using var autoencoder = new MaskedAutoencoder(new MaeConfig { Encoder = Encoder, DecoderWidth = 32, DecoderHeads = 2 });

        Assert.That(EncoderNames(model), Is.EquivalentTo(EncoderNames(autoencoder)));
    }

    [Test]
    public void The_fusion_decoder_tells_pixels_of_one_token_apart()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var model = new SegmentationModel(new SegmentationConfig { Encoder = Encoder, Classes = 3 }, seed: 1);
        model.eval();
        using (no_grad())
            model.Decoder.get_parameter("classify.weight")!.normal_(generator: random);     // it starts at zero
        var image = randn([1, 202, 1, 1], generator: random).expand(-1, -1, 16, 16).clone();
        var changed = image.clone();
        changed[0, .., 5, 6] += 1;

        var difference = (model.forward(changed) - model.forward(image)).abs().sum(1)[0];

        Assert.That(difference[5, 6].item<float>(), Is.GreaterThan(2 * difference[4, 4].item<float>()), "pixel against its token's corner");
    }

    [Test]
    public void Impossible_shapes_are_refused()
    {
        Assert.That(() => new SegmentationModel(new SegmentationConfig { Encoder = Encoder, Classes = 1 }),
            Throws.InstanceOf<SpectralEarth.Recipes.RecipeException>().With.Message.Contains("classes must be at least 2"));
        Assert.That(() => new SegmentationModel(new SegmentationConfig { Encoder = Encoder with { TokenSize = 1 }, Classes = 3, Decoder = SegmentationDecoder.Conv }),
            Throws.InstanceOf<SpectralEarth.Recipes.RecipeException>().With.Message.Contains("power of two"));
    }

    private static IEnumerable<string> EncoderNames(nn.Module model) =>
        model.state_dict().Keys.Where(name => name.StartsWith("encoder.", StringComparison.Ordinal));
}
