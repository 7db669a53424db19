using SpectralEarth.Models;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class GradientFunctionTests
{
    [TestCase(2, false)]
    [TestCase(8, false)]
    [TestCase(8, true)]
    public void Gradients_are_freed_while_the_backward_pass_goes_on_however_deep_the_network(int depth, bool recompute)
    {
        using var network = new SpectralViT(new EncoderConfig { Bands = 76, PatchSize = 8, TokenSize = 2, Width = 16, Depth = depth, Heads = 2 }, seed: 1);
        network.train();
        ActivationMemory.Recompute(network, recompute);
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        var loss = network.forward(randn(2, 76, 8, 8)).sum();
        var before = scope.DisposablesCount;

        loss.backward();

        Assert.That(scope.DisposablesCount - before, Is.LessThan(8), "those of one function");
        foreach (var parameter in network.parameters())
            parameter.grad = null;
    }

    [Test]
    public void Networks_without_a_backward_pass_keep_nothing_but_their_result()
    {
        using var network = new SpectralViT(new EncoderConfig { Bands = 76, PatchSize = 8, TokenSize = 2, Width = 16, Depth = 2, Heads = 2 }, seed: 1);
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        var images = randn(2, 76, 8, 8);
        var before = scope.DisposablesCount;

        _ = network.forward(images);

        Assert.That(scope.DisposablesCount - before, Is.EqualTo(1));
    }
}
