using SpectralEarth.Models;
using SpectralEarth.Models.Adapter;
using SpectralEarth.Models.Layers;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class SpectralAdapterTests
{
    [Test]
    public void Chunked_form_equals_the_plain_layers_with_all_gradients_and_statistics(
        [Values(75, 150, 198, 202, 215, 235, 244)] int bands, [Values] bool train, [Values] AdapterForm form)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        using var ours = Adapter(form, bands, train);
        using var plain = Adapter(form, bands, train);
        var spectra = randn(1100, bands, float64, generator: random);                    // more than one chunk
        var slopes = randn(1100, SpectralAdapter.Features, float64, generator: random);

        var (found, expected) = (ours.ForwardSpectra(spectra), plain.ForwardPlain(spectra));
        found.backward([slopes]);
        expected.backward([slopes]);

        Golden.Near(found, expected, 1e-11, "features");
        foreach (var ((name, parameter), (_, oracle)) in ours.named_parameters().Zip(plain.named_parameters()))
            Golden.Near(parameter.grad!, oracle.grad!, 1e-9, "gradient of " + name);
        foreach (var ((name, buffer), (_, oracle)) in ours.named_buffers().Zip(plain.named_buffers()))
            Golden.Near(buffer, oracle, 1e-12, name);
    }

    [Test]
    public void Features_of_an_image_are_those_of_its_pixels()
    {
        using var scope = NewDisposeScope();
        using var adapter = SpectralAdapter.Create(new EncoderConfig(), new FirstWeights(1));
        adapter.eval();
        var image = randn(2, 202, 3, 5);

        var features = adapter.forward(image);

        Assert.That(features.shape, Is.EqualTo(new long[] { 2, 128, 3, 5 }));
        Golden.Near(features[1, .., 2, 4].unsqueeze(0), adapter.ForwardSpectra(image[1, .., 2, 4].unsqueeze(0)), 1e-6, "pixel");
    }

    [TestCase(202, 181)]        // EnMAP: channels 181 to 201, 2290 to 2446 nm
    [TestCase(235, 231)]        // DESIS
    [TestCase(198, 181)]        // EO-1 Hyperion
    [TestCase(150, 150)]        // Hyperview: none
    [TestCase(244, 231)]        // EMIT, good bands
    [TestCase(215, 181)]        // DESIS without the edges
    public void In_evaluation_the_last_channels_do_not_reach_the_reference_adapters_output_and_all_others_do(int bands, int firstBlind)
    {
        using var adapter = Adapter(AdapterForm.Reference, bands, train: false);

        Assert.That(ChannelsThatMatter(adapter), Is.EqualTo(Enumerable.Range(0, firstBlind)));
    }

    [Test]
    public void Every_channel_reaches_the_full_adapters_output([Values(202, 235, 198, 150, 244, 215, 7)] int bands)
    {
        using var adapter = Adapter(AdapterForm.Full, bands, train: false);

        Assert.That(ChannelsThatMatter(adapter), Is.EqualTo(Enumerable.Range(0, bands)));
    }

    [TestCase("enmap")]
    [TestCase("desis")]
    [TestCase("eo1")]
    [TestCase("emit")]
    [TestCase("prisma")]
    [TestCase("hyperview")]
    public void The_full_adapter_takes_the_bands_of_every_sensor_and_none_is_blind(string sensor)
    {
        var bands = SensorCatalog.Load(sensor).Bands.WavelengthsNm;
        using var adapter = Randomized(new EncoderConfig { Adapter = AdapterForm.Full }.ForBands(bands), train: false);

        Assert.That(ChannelsThatMatter(adapter), Is.EqualTo(Enumerable.Range(0, bands.Count)));
    }

    [Test]
    public void Blind_channels_still_enter_the_statistics_of_a_batch()
    {
        using var scope = NewDisposeScope();
        using var adapter = Adapter(AdapterForm.Reference, 202, train: true);
        var spectra = randn(16, 202, float64);
        var changed = spectra.clone();
        changed[.., 181..] *= 3;

        var features = adapter.ForwardSpectra(spectra);

        Assert.That(adapter.ForwardSpectra(changed).equal(features).all().item<bool>(), Is.False);
    }

    [Test]
    public void A_forward_and_a_backward_pass_leave_no_tensors([Values] AdapterForm form)
    {
        using var adapter = SpectralAdapter.Create(Config(form, 202), new FirstWeights(1));
        Pass();
        using var leaks = TensorLeaks.MustBeNone();

        Pass();

        void Pass()
        {
            using var scope = NewDisposeScope();
            adapter.ForwardSpectra(randn(1100, 202)).sum().backward();
        }
    }

    [Test]
    public void Spectra_of_another_length_are_refused()
    {
        using var adapter = SpectralAdapter.Create(new EncoderConfig(), new FirstWeights(1));
        using var spectra = zeros(3, 224);

        Assert.That(() => adapter.ForwardSpectra(spectra), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ConvolutionAdapter(74, new FirstWeights(1)), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    /// <summary>Channels whose change alone changes the features of at least one of eight spectra.</summary>
    private static int[] ChannelsThatMatter(SpectralAdapter adapter)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        var spectra = randn(8, adapter.Bands, float64, generator: random);
        var features = adapter.ForwardSpectra(spectra);
        var changed = spectra + eye(adapter.Bands, dtype: float64).unsqueeze(1);                                   // [C, 8, C], one channel each
        var found = adapter.ForwardSpectra(changed.reshape(-1, adapter.Bands)).reshape(adapter.Bands, 8, -1);
        var matters = found.ne(features).flatten(1).any(1, keepdim: false).data<bool>().ToArray();
        return [.. Enumerable.Range(0, adapter.Bands).Where(channel => matters[channel])];
    }

    private static SpectralAdapter Adapter(AdapterForm form, int bands, bool train) => Randomized(Config(form, bands), train);

    private static EncoderConfig Config(AdapterForm form, int bands) => form == AdapterForm.Reference
        ? new EncoderConfig { Bands = bands }
        : new EncoderConfig { Adapter = form }.ForBands([.. Enumerable.Range(0, bands).Select(band => 400 + (2000.0 * band / bands))]);

    private static SpectralAdapter Randomized(EncoderConfig config, bool train)
    {
        var adapter = SpectralAdapter.Create(config, new FirstWeights(5));
        adapter.to(ScalarType.Float64);
        using var scope = NewDisposeScope();
        using var random = new Generator(11);
        using (no_grad())
        {
            foreach (var (name, values) in adapter.named_parameters().Select(pair => (pair.name, (Tensor)pair.parameter)).Concat(adapter.named_buffers()))
            {
                if (values.dim() == 1)
                    values.uniform_(name.EndsWith("var", StringComparison.Ordinal) ? 0.5 : -0.5, 1.5, random);
            }
        }

        adapter.train(train);
        return adapter;
    }
}
