using SpectralEarth.Models;
using SpectralEarth.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class SpectralAdapterTests
{
    [Test]
    public void Chunked_form_equals_the_plain_layers_with_all_gradients_and_statistics(
        [Values(75, 150, 198, 202, 215, 235, 244)] int bands, [Values] bool train, [Values] bool frozen)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        using var ours = Adapter(bands, train, frozen);
        using var plain = Adapter(bands, train, frozen);
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
        using var adapter = new SpectralAdapter(202, seed: 1);
        adapter.eval();
        var image = randn(2, 202, 3, 5);

        var features = adapter.forward(image);

        Assert.That(features.shape, Is.EqualTo(new long[] { 2, 128, 3, 5 }));
        Golden.Near(features[1, .., 2, 4].unsqueeze(0), adapter.ForwardSpectra(image[1, .., 2, 4].unsqueeze(0)), 1e-6, "pixel");
    }

    [TestCase(202, 181)]
    [TestCase(235, 231)]
    [TestCase(150, 150)]
    public void Channels_behind_the_last_window_are_blind_in_evaluation_and_no_others(int bands, int firstBlind)
    {
        using var scope = NewDisposeScope();
        using var adapter = Adapter(bands, train: false, frozen: false);
        var spectra = randn(16, bands, float64);
        var blindChanged = spectra.clone();
        blindChanged[.., firstBlind..] = 1e6;
        var lastChanged = spectra.clone();
        lastChanged[.., firstBlind - 1] += 1;

        var features = adapter.ForwardSpectra(spectra);

        Assert.That(adapter.ForwardSpectra(blindChanged).equal(features).all().item<bool>());
        Assert.That(adapter.ForwardSpectra(lastChanged).equal(features).all().item<bool>(), Is.False);
    }

    [Test]
    public void Blind_channels_still_enter_the_statistics_of_a_batch()
    {
        using var scope = NewDisposeScope();
        using var adapter = Adapter(202, train: true, frozen: false);
        var spectra = randn(16, 202, float64);
        var changed = spectra.clone();
        changed[.., 181..] *= 3;

        var features = adapter.ForwardSpectra(spectra);

        Assert.That(adapter.ForwardSpectra(changed).equal(features).all().item<bool>(), Is.False);
    }

    [Test]
    public void Frozen_statistics_stay_as_they_are_in_training()
    {
        using var scope = NewDisposeScope();
        using var adapter = Adapter(202, train: true, frozen: true);
        var before = adapter.named_buffers().Select(pair => pair.buffer.clone()).ToArray();

        adapter.ForwardSpectra(randn(16, 202, float64));

        foreach (var ((name, buffer), old) in adapter.named_buffers().Zip(before))
            Assert.That(buffer.equal(old).all().item<bool>(), name);
    }

    [Test]
    public void A_forward_and_a_backward_pass_leave_no_tensors()
    {
        using var adapter = new SpectralAdapter(202, seed: 1);
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
        using var adapter = new SpectralAdapter(202, seed: 1);
        using var spectra = zeros(3, 224);

        Assert.That(() => adapter.ForwardSpectra(spectra), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new SpectralAdapter(74, seed: 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static SpectralAdapter Adapter(int bands, bool train, bool frozen)
    {
        var adapter = new SpectralAdapter(bands, seed: 5) { FrozenStatistics = frozen };
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
