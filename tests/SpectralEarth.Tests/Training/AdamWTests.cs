using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

public sealed class AdamWTests
{
    private static readonly OptimizerRecipe Recipe = new() { LearningRate = 3e-3, WeightDecay = 0.1, Betas = [0.9, 0.95], DecayNormsAndBiases = true };

    [Test]
    public void Fifty_steps_equal_torchs_AdamW_to_rounding() => AgainstTorch.ExpectEqualSteps(Recipe,
        parameters => optim.AdamW(parameters, Recipe.LearningRate, Recipe.Betas[0], Recipe.Betas[1], Recipe.Eps, Recipe.WeightDecay));

    [TestCase(1)]
    [TestCase(3)]
    public void One_pass_on_the_processor_equals_the_plain_operations_whatever_the_threads(int threads)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(4);
        const int Length = 600_000;                      // three stretches, the last one not full
        var (value, gradient) = (randn(Length, generator: random), randn(Length, generator: random));
        var (mean, square) = (randn(Length, generator: random), rand(Length, generator: random));
        var plain = new[] { value.clone(), mean.clone(), square.clone() };
        var factors = new AdamWKernel.Factors(0.99, 0.9, 0.95, Math.Sqrt(0.2), 1e-8, 0.01);
        set_num_threads(threads);

        AdamWKernel.Update(value, gradient, gradientScale: 1, mean, square, factors);
        set_num_threads(1);
        AdamW.Update(plain[0], gradient, plain[1], plain[2], factors);

        foreach (var (ours, theirs) in new[] { value, mean, square }.Zip(plain))
            Assert.That(((ours - theirs).abs() / (theirs.abs() + 1)).max().item<float>(), Is.LessThan(1e-6));
    }

    [Test]
    public void Chunks_do_not_change_the_result()
    {
        using var scope = NewDisposeScope();
        const int Length = 2_500_000;                   // spans three chunks
        using var large = new TorchSharp.Modules.Parameter(linspace(-1, 1, Length));
        using var flat = new FlatParameters([("values", large)], [ParameterRule.Everything(0.1)]);
        using var adam = Recipe.CreateFor(flat);
        flat.Gradients.fill_(0.5);

        adam.Step(0.01);

        // After one step of a constant gradient the update is lr * g / (|g| + eps), after the decay.
        var expected = (linspace(-1, 1, Length) * (1 - (0.01 * 0.1))) - 0.01;
        Assert.That((large - expected).abs().max().item<float>(), Is.LessThan(1e-6));
    }

    [Test]
    public void Groups_have_their_own_decay_and_learning_rate()
    {
        using var scope = NewDisposeScope();
        using var network = AgainstTorch.Network();
        var rules = new[]
        {
            new ParameterRule((name, _) => name.StartsWith("first.", StringComparison.Ordinal), 0.25, 0),
            ParameterRule.Everything(0.5),
        };
        using var flat = new FlatParameters(network.named_parameters(), rules);
        using var adam = Recipe.CreateFor(flat);
        using (no_grad())
            flat.Values.fill_(1);
        flat.Gradients.fill_(1);

        adam.Step(0.1);

        Assert.That(network.get_parameter("first.weight")!.data<float>().ToArray(), Is.All.EqualTo(1 - 0.025f).Within(1e-6));
        Assert.That(network.get_parameter("second.weight")!.data<float>().ToArray(), Is.All.EqualTo(0.95f - 0.1f).Within(1e-6));
    }
}
