using SpectralEarth.Models;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class SegmentationModelTests
{
    private static readonly EncoderConfig Encoder = new() { PatchSize = 16, Width = 32, Depth = 1, Heads = 2 };

    private static readonly EncoderConfig ResNet = Encoder with { Architecture = EncoderArchitecture.SpecResnet50 };

    private static readonly SegmentationConfig[] Networks =
    [
        .. from encoder in new[] { Encoder, Encoder with { Architecture = EncoderArchitecture.Vit }, ResNet, ResNet with { Architecture = EncoderArchitecture.Resnet50 } }
           from decoder in Enum.GetValues<SegmentationDecoder>()
           where (decoder != SegmentationDecoder.Fusion || encoder.HasAdapter) && (decoder != SegmentationDecoder.Fcn || !encoder.IsTransformer)
           select new SegmentationConfig { Encoder = encoder, Classes = 5, Decoder = decoder, DecoderWidth = 16 },
        new SegmentationConfig { Encoder = Encoder with { PatchSize = 20 }, Classes = 5, Decoder = SegmentationDecoder.Upernet },
        new SegmentationConfig { Encoder = Encoder with { PatchSize = 24, TokenSize = 2, Depth = 4 }, Classes = 5, Decoder = SegmentationDecoder.Upernet },
        new SegmentationConfig { Encoder = ResNet with { PatchSize = 22 }, Classes = 5, Decoder = SegmentationDecoder.Upernet },
    ];

    [TestCaseSource(nameof(Networks))]
    public void Every_decoder_gives_logits_for_each_pixel_gradients_for_all_and_leaves_no_tensors(SegmentationConfig config)
    {
        using var model = new SegmentationModel(config, seed: 1);
        Pass();
        foreach (var (name, parameter) in model.named_parameters())
            Assert.That(parameter.grad is not null, Is.EqualTo(parameter.requires_grad), name);
        using var leaks = TensorLeaks.MustBeNone();

        Pass();

        void Pass()
        {
            using var scope = NewDisposeScope();
            var size = config.Encoder.PatchSize;
            var logits = model.forward(randn(2, 202, size, size));
            Assert.That(logits.shape, Is.EqualTo(new long[] { 2, 5, size, size }));
            logits.square().sum().backward();
        }
    }

    [TestCase(12, 3, 5, 7, 11)]
    [TestCase(24, 7, 11, 15, 23)]
    [TestCase(40, 12, 19, 25, 39)]
    [TestCase(1, 0, 0, 0, 0)]
    public void The_pyramid_takes_blocks_spread_over_the_depth(int depth, params int[] taps) =>
        Assert.That(new SegmentationConfig { Encoder = Encoder with { Depth = depth }, Decoder = SegmentationDecoder.Upernet }.Taps, Is.EqualTo(taps));

    [Test]
    public void The_fcn_decoder_has_the_parameters_of_the_reference()
    {
        using var model = new SegmentationModel(new SegmentationConfig { Encoder = ResNet, Classes = 14, Decoder = SegmentationDecoder.Fcn });

        Assert.That(model.named_children().Single(child => child.name == "decoder").module.parameters().Sum(parameter => parameter.NumberOfElements), Is.EqualTo(4_722_702));
    }

    [Test]
    public void The_convolutional_decoder_has_the_parameters_of_the_reference()
    {
        var config = new SegmentationConfig { Encoder = Encoder with { Width = 384, Heads = 6 }, Classes = 14, Decoder = SegmentationDecoder.Conv };
        using var model = new SegmentationModel(config);

        Assert.That(model.named_children().Single(child => child.name == "decoder").module.parameters().Sum(parameter => parameter.NumberOfElements), Is.EqualTo(458_894));
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
            model.get_parameter("decoder.classify.weight")!.normal_(generator: random);     // it starts at zero
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
        Assert.That(() => new SegmentationModel(new SegmentationConfig { Encoder = ResNet with { PatchSize = 20 }, Classes = 3, Decoder = SegmentationDecoder.Conv }),
            Throws.InstanceOf<SpectralEarth.Recipes.RecipeException>().With.Message.Contains("strides of the residual network"));
        Assert.That(() => new SegmentationModel(new SegmentationConfig { Encoder = Encoder, Classes = 3, Decoder = SegmentationDecoder.Fcn }),
            Throws.InstanceOf<SpectralEarth.Recipes.RecipeException>().With.Message.Contains("needs a residual network"));
        Assert.That(() => new SegmentationModel(new SegmentationConfig { Encoder = Encoder with { Architecture = EncoderArchitecture.Vit }, Classes = 3 }),
            Throws.InstanceOf<SpectralEarth.Recipes.RecipeException>().With.Message.Contains("needs the pixel features"));
    }

    private static IEnumerable<string> EncoderNames(nn.Module model) =>
        model.state_dict().Keys.Where(name => name.StartsWith("encoder.", StringComparison.Ordinal));
}
