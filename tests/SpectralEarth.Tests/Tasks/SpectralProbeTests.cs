using SpectralEarth.Models;
using SpectralEarth.Randomness;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Tasks;

public sealed class SpectralProbeTests
{
    [Test]
    public void Regression_ends_where_the_penalised_loss_has_no_slope()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        var random = new SeededRandom(5, "probe");
        var (values, labels) = (new double[300 * 7], new long[300]);
        for (var pixel = 0; pixel < 300; pixel++)
        {
            labels[pixel] = random.NextInt(3);
            for (var band = 0; band < 6; band++)
                values[(pixel * 7) + band] = random.NextNormal() + (band == labels[pixel] ? 1.5 : 0);
            values[(pixel * 7) + 6] = 1;
        }

        var (inputs, classes) = (tensor(values, [300, 7]), tensor(labels));

        var coefficients = SpectralProbe.Regress(inputs, classes, classes: 3);

        var errors = nn.functional.softmax(inputs.matmul(coefficients), 1) - nn.functional.one_hot(classes, 3);
        var penalty = tensor(new double[] { 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 1e-6 }).unsqueeze(1);
        var slope = inputs.transpose(0, 1).matmul(errors) + (coefficients * penalty);
        Assert.That(slope.abs().max().item<double>(), Is.LessThan(1e-6));
        Assert.That(inputs.matmul(coefficients).argmax(1).eq(classes).to(float64).mean().item<double>(), Is.GreaterThan(0.7));
    }

    [Test]
    public void A_network_begins_as_its_classifier_of_spectra()
    {
        using var network = new SegmentationModel(new SegmentationConfig
        {
            Encoder = new EncoderConfig { Bands = 80, PatchSize = 8, Width = 16, Depth = 1, Heads = 2 },
            Classes = 3,
        });
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        var (weights, biases, image) = (randn([3, 240], generator: random), randn([3], generator: random), randn([2, 80, 8, 8], generator: random));
        network.eval();
        using var gradientless = no_grad();

        network.SetSpectralClassifier(weights, biases);

        var expected = nn.functional.conv2d(SegmentationModel.Surroundings(image), weights.unsqueeze(-1).unsqueeze(-1), biases);
        Assert.That((network.forward(image) - expected).abs().max().item<float>(), Is.LessThan(1e-3f));
    }

    [Test]
    public void The_surroundings_of_a_pixel_are_means_of_the_pixels_that_exist()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(4);
        var image = randn([1, 2, 6, 6], generator: random);

        var seen = SegmentationModel.Surroundings(image);

        Assert.That(seen.shape, Is.EqualTo(new long[] { 1, 6, 6, 6 }));
        Assert.That(seen[0, 3, 0, 0].item<float>(), Is.EqualTo(image[0, 1, ..2, ..2].mean().item<float>()).Within(1e-6));
        Assert.That(seen[0, 4, 2, 3].item<float>(), Is.EqualTo(image[0, 0, ..5, 1..].mean().item<float>()).Within(1e-6));
    }

    [Test]
    public void Only_a_fusion_decoder_takes_a_classifier_of_spectra()
    {
        using var network = new SegmentationModel(new SegmentationConfig
        {
            Encoder = new EncoderConfig { Bands = 80, PatchSize = 8, Width = 16, Depth = 1, Heads = 2 },
            Classes = 3,
            Decoder = SegmentationDecoder.Linear,
        });
        using var scope = NewDisposeScope();

        Assert.That(() => network.SetSpectralClassifier(zeros(3, 240), zeros(3)), Throws.InvalidOperationException.With.Message.Contains("Linear"));
    }
}
