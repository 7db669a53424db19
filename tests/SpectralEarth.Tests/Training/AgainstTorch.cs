using SpectralEarth.Testing;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tests.Training;

/// <summary>An optimizer of ours beside torch's own, on equal small networks.</summary>
internal static class AgainstTorch
{
    private const int Steps = 50;

    /// <summary>The network that both train.</summary>
    internal static TorchSharp.Modules.Sequential Network() =>
        Sequential(("first", Linear(6, 16)), ("act", GELU()), ("norm", LayerNorm(16)), ("second", Linear(16, 4)));

    /// <summary>Fails unless both make the same weights to rounding.</summary>
    /// <param name="recipe">Ours.</param>
    /// <param name="create">Makes torch's, for the parameters given.</param>
    internal static void ExpectEqualSteps(OptimizerRecipe recipe, Func<IEnumerable<TorchSharp.Modules.Parameter>, optim.Optimizer> create)
    {
        using var ours = Network();
        using var theirs = Network();
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        theirs.load_state_dict(ours.state_dict());
        using var flat = new FlatParameters(ours.named_parameters(), recipe.Rules());
        using var optimizer = recipe.CreateFor(flat);
        using var torchs = create(theirs.parameters());
        using var generator = new Generator(3);

        for (var step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            var input = randn(8, 6, generator: generator);
            flat.ZeroGradients();
            ours.forward(input).square().mean().backward();
            optimizer.Step(recipe.LearningRate);
            torchs.zero_grad();
            theirs.forward(input).square().mean().backward();
            torchs.step();
        }

        foreach (var ((name, our), (_, their)) in ours.named_parameters().Zip(theirs.named_parameters()))
            Assert.That((our - their).abs().max().item<float>(), Is.LessThan(1e-6), name);   // some roundings of values near 1
        Assert.That(optimizer.Updates, Is.EqualTo(Steps));
    }
}
