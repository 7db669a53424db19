using SpectralEarth.Models;
using SpectralEarth.Randomness;
using SpectralEarth.Shards;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Features;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Tasks;

public sealed class SpectralProbeTests
{
    [Test]
    public void Regression_ends_where_the_penalised_loss_hardly_falls_any_further()
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

        var coefficients = LogisticRegression.Fit(inputs, classes, classes: 3);

        var penalty = tensor(new double[] { 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 1e-6 }).unsqueeze(1);
        Tensor Loss(Tensor at) => nn.functional.cross_entropy(inputs.matmul(at), classes, reduction: nn.Reduction.Sum) + (at * at * penalty).sum() / 2;
        Tensor Slope(Tensor at) => inputs.transpose(0, 1).matmul(nn.functional.softmax(inputs.matmul(at), 1) - nn.functional.one_hot(classes, 3)) + (at * penalty);
        var (best, steepest) = (coefficients, (inputs.square().sum() / 2) + 0.1);
        for (var further = 0; further < 3000; further++)
            best -= Slope(best) / steepest;
        Assert.That(Loss(coefficients).item<double>() - Loss(best).item<double>(), Is.InRange(0, 1e-4));
        Assert.That(inputs.matmul(coefficients).argmax(1).eq(classes).to(float64).mean().item<double>(), Is.GreaterThan(0.7));
    }

    [Test]
    public void A_network_begins_as_its_classifier_of_spectra_and_tokens()
    {
        using var network = Small(SegmentationDecoder.Fusion);
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        var (weights, biases, image) = (randn([3, 240 + 16], generator: random), randn([3], generator: random), randn([2, 80, 8, 8], generator: random));
        network.eval();
        using var gradientless = no_grad();

        network.SetLinearClassifier(weights, biases);

        var expected = nn.functional.conv2d(network.LinearInputs(image), weights.unsqueeze(-1).unsqueeze(-1), biases);
        Assert.That((network.forward(image) - expected).abs().max().item<float>(), Is.LessThan(1e-3f));
    }

    [Test]
    public void The_classifier_sees_the_pixel_the_means_of_pixels_that_exist_and_the_token_there()
    {
        using var network = Small(SegmentationDecoder.Fusion);
        using var scope = NewDisposeScope();
        using var random = new Generator(4);
        var image = randn([1, 80, 8, 8], generator: random);
        network.eval();
        using var gradientless = no_grad();

        var seen = network.LinearInputs(image);

        Assert.That(seen.shape, Is.EqualTo(new long[] { 1, 240 + 16, 8, 8 }));
        Assert.That(seen[.., ..80].eq(image).all().item<bool>(), Is.True);
        Assert.That(seen[0, 81, 0, 0].item<float>(), Is.EqualTo(image[0, 1, ..2, ..2].mean().item<float>()).Within(1e-6));
        Assert.That(seen[0, 160, 2, 3].item<float>(), Is.EqualTo(image[0, 0, ..5, 1..6].mean().item<float>()).Within(1e-6));
        var tokens = network.Encoder.Maps(image, 0).Layers[0];
        Assert.That((seen[0, 240.., 0, 0] - tokens[0, .., 0, 0]).abs().max().item<float>(), Is.LessThan(1e-6f));
    }

    [Test]
    public void A_band_without_data_is_fitted_like_one_of_average_values()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var random = new Generator(6);
        var image = randn([1, 80, 8, 8], generator: random);
        using var gradientless = no_grad();

        var scores = new[] { short.MinValue, (short)0 }.Select(value =>
        {
            var dataset = Dataset.Open(LabelledDataset.Write(folder.File($"{value}"), bands: 80, change: (channel, number) => channel == 40 ? value : number));
            using var network = Small(SegmentationDecoder.Fusion);
            using var normalization = new BandNormalization(
                [.. Enumerable.Range(0, 80).Select(channel => channel == 40 ? 0.0 : 1500)], [.. Enumerable.Range(0, 80).Select(channel => channel == 40 ? 1.0 : 1000)]);
            SpectralProbe.Fit(network, dataset, [0, 7, 19], new ClassTable(dataset.Manifest.Classes), normalization, CPU);
            return network.forward(image);
        }).ToArray();

        Assert.That(scores[0].equal(scores[1]).all().item<bool>());
    }

    [Test]
    public void Only_a_fusion_decoder_takes_a_classifier_of_spectra()
    {
        using var network = Small(SegmentationDecoder.Linear);
        using var scope = NewDisposeScope();

        Assert.That(() => network.SetLinearClassifier(zeros(3, 256), zeros(3)), Throws.InvalidOperationException.With.Message.Contains("Linear"));
    }

    private static SegmentationModel Small(SegmentationDecoder decoder) => new(new SegmentationConfig
    {
        Encoder = new EncoderConfig { Bands = 80, PatchSize = 8, Width = 16, Depth = 1, Heads = 2 },
        Classes = 3,
        Decoder = decoder,
    });
}
