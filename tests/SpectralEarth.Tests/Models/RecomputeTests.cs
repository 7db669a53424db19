using SpectralEarth.Models;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class RecomputeTests
{
    private static readonly MaeConfig Config = new()
    {
        Encoder = new EncoderConfig { Bands = 76, PatchSize = 8, TokenSize = 2, Width = 16, Depth = 3, Heads = 2 },
        DecoderWidth = 16,
        DecoderHeads = 2,
        MaskRatio = 0.5,
    };

    [TestCase(Precision.Float32)]
    [TestCase(Precision.Bfloat16)]
    public void Recomputed_blocks_give_the_same_loss_and_gradients_bit_for_bit(Precision precision)
    {
        using var network = new MaskedAutoencoder(Config, seed: 3);
        network.train();
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        using var kept = MixedPrecision.Use(precision);

        var plain = LossAndGradients(network, recompute: false);
        var recomputed = LossAndGradients(network, recompute: true);

        Assert.That(recomputed.Loss, Is.EqualTo(plain.Loss));
        foreach (var (name, gradient) in plain.Gradients)
            Assert.That(recomputed.Gradients[name].equal(gradient).all().item<bool>(), name);
        Forget(network);
    }

    [Test]
    public void Bfloat16_loss_and_gradients_are_those_of_float32_to_its_precision()
    {
        using var network = new MaskedAutoencoder(Config, seed: 3);
        network.train();
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();

        var exact = LossAndGradients(network, recompute: false);
        using var products = MixedPrecision.Use(Precision.Bfloat16);
        var coarse = LossAndGradients(network, recompute: false);

        // Eight bits of significand: a rounding is up to 0.4 %; they average out over sums.
        Assert.That(coarse.Loss, Is.EqualTo(exact.Loss).Within(0.01 * exact.Loss).And.Not.EqualTo(exact.Loss));
        foreach (var (name, gradient) in exact.Gradients.Where(item => item.Value.norm().item<float>() > 1e-4))
        {
            var other = coarse.Gradients[name];
            Assert.That(other.dtype, Is.EqualTo(ScalarType.Float32), name);
            Assert.That((other - gradient).norm().item<float>(), Is.LessThan(0.1 * gradient.norm().item<float>()), name);
        }

        Forget(network);
    }

    [Test]
    public void Precision_ends_with_its_scope()
    {
        using (MixedPrecision.Use(Precision.Bfloat16))
        {
            using (MixedPrecision.Use(Precision.Float32))
                Assert.That(MixedPrecision.Current, Is.EqualTo(Precision.Float32));
            Assert.That(MixedPrecision.Current, Is.EqualTo(Precision.Bfloat16));
        }

        Assert.That(MixedPrecision.Current, Is.EqualTo(Precision.Float32));
    }

    private static (float Loss, Dictionary<string, Tensor> Gradients) LossAndGradients(MaskedAutoencoder network, bool recompute)
    {
        ActivationMemory.Recompute(network, recompute);
        Forget(network);
        using var random = new Generator(5);
        using var mask = network.DrawMask(3, random);
        var images = randn(3, Config.Encoder.Bands, 8, 8, generator: random);
        var loss = network.Loss(images, mask);
        loss.backward();
        return (loss.item<float>(), network.named_parameters().Where(item => item.parameter.grad is not null)
            .ToDictionary(item => item.name, item => item.parameter.grad!.clone()));
    }

    private static void Forget(MaskedAutoencoder network)
    {
        foreach (var parameter in network.parameters())
            parameter.grad = null;
    }
}
