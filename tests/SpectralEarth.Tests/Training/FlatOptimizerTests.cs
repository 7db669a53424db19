using SpectralEarth.Testing;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

public sealed class FlatOptimizerTests
{
    private static readonly OptimizerName[] Names = Enum.GetValues<OptimizerName>();

    [Test]
    public void Fifty_steps_of_Sgd_equal_torchs_to_rounding()
    {
        var recipe = new OptimizerRecipe { Name = OptimizerName.Sgd, LearningRate = 0.03, WeightDecay = 0.01, Momentum = 0.9, DecayNormsAndBiases = true };

        AgainstTorch.ExpectEqualSteps(recipe, parameters => optim.SGD(parameters, recipe.LearningRate, recipe.Momentum, weight_decay: recipe.WeightDecay));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Lars_equals_the_papers_algorithm_written_plainly(bool decaysAll)
    {
        var recipe = new OptimizerRecipe { Name = OptimizerName.Lars, WeightDecay = 0.02, Momentum = 0.8, TrustCoefficient = 0.05, DecayNormsAndBiases = decaysAll };
        using var network = AgainstTorch.Network();
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        using var flat = new FlatParameters(network.named_parameters(), recipe.Rules());
        using var lars = recipe.CreateFor(flat);
        var plain = network.named_parameters().ToDictionary(item => item.name, item => new PlainLars(item.parameter, recipe, item.name is "first.weight" or "second.weight"));

        for (var step = 0; step < 20; step++)
        {
            using var inner = NewDisposeScope();
            using (no_grad())
                flat.Gradients.copy_(flat.Values).mul_(0.3).add_(0.1);
            foreach (var state in plain.Values)
                state.Step(learningRate: 0.5);
            lars.Step(0.5);
        }

        foreach (var (name, parameter) in network.named_parameters())
            Assert.That(parameter.data<float>().Select(value => (double)value), Is.EqualTo(plain[name].Values).Within(2e-6), name);   // float32 against float64
    }

    [Test]
    public void Lars_leaves_matrices_of_zeros_and_zero_gradients_unscaled()
    {
        var recipe = new OptimizerRecipe { Name = OptimizerName.Lars, WeightDecay = 0 };
        using var scope = NewDisposeScope();
        using var network = AgainstTorch.Network();
        using var flat = new FlatParameters(network.named_parameters(), recipe.Rules());
        using var lars = recipe.CreateFor(flat);
        using (no_grad())
            network.get_parameter("first.weight")!.zero_();
        var second = network.get_parameter("second.weight")!.clone();
        network.get_parameter("first.weight")!.grad!.fill_(1);

        lars.Step(0.5);

        Assert.That(network.get_parameter("first.weight")!.data<float>().ToArray(), Is.All.EqualTo(-0.5f));
        Assert.That(network.get_parameter("second.weight")!.equal(second).all().item<bool>());
    }

    [TestCaseSource(nameof(Names))]
    public void Restored_state_continues_bit_identically(OptimizerName name)
    {
        using var scope = NewDisposeScope();
        using var network = AgainstTorch.Network();
        var recipe = new OptimizerRecipe { Name = name };
        using var flat = new FlatParameters(network.named_parameters(), recipe.Rules());
        using var first = recipe.CreateFor(flat);
        Run(flat, first, steps: 3);
        var values = flat.Values.clone();
        using var second = recipe.CreateFor(flat);
        second.Restore(first.Updates, first.State);

        Run(flat, first, steps: 4);
        var straight = flat.Values.clone();
        using (no_grad())
            flat.Values.copy_(values);
        Run(flat, second, steps: 4);

        Assert.That(flat.Values.equal(straight).all().item<bool>());
        Assert.That(second.Updates, Is.EqualTo(7));
        foreach (var (buffer, value) in second.State)
            Assert.That(value.equal(first.State[buffer]).all().item<bool>(), buffer);
    }

    [TestCaseSource(nameof(Names))]
    public void A_clipped_gradient_is_followed_as_a_short_one_is(OptimizerName name)
    {
        using var scope = NewDisposeScope();
        using var network = AgainstTorch.Network();
        var recipe = new OptimizerRecipe { Name = name };
        using var flat = new FlatParameters(network.named_parameters(), recipe.Rules());
        var start = flat.Values.clone();
        using var gradient = linspace(-1, 2, flat.Values.shape[0]);

        var clipped = AfterTwoSteps(() =>
        {
            flat.Gradients.copy_(gradient);
            flat.ClipGradients(0.5);
        });
        var scale = flat.GradientScale;
        var shortened = AfterTwoSteps(() =>
        {
            flat.ZeroGradients();
            flat.Gradients.copy_(gradient).mul_(scale);
        });

        Assert.That(scale, Is.LessThan(0.5f));
        Assert.That(clipped.equal(shortened).all().item<bool>());
        Assert.That(clipped.equal(start).all().item<bool>(), Is.False);

        Tensor AfterTwoSteps(Action setGradient)
        {
            using (no_grad())
                flat.Values.copy_(start);
            using var optimizer = recipe.CreateFor(flat);
            for (var step = 0; step < 2; step++)
            {
                setGradient();
                optimizer.Step(0.01);
            }

            return flat.Values.clone();
        }
    }

    [TestCaseSource(nameof(Names))]
    public void State_of_another_network_or_optimizer_is_refused(OptimizerName name)
    {
        using var scope = NewDisposeScope();
        using var network = AgainstTorch.Network();
        var recipe = new OptimizerRecipe { Name = name };
        using var flat = new FlatParameters(network.named_parameters(), recipe.Rules());
        using var optimizer = recipe.CreateFor(flat);

        Assert.That(() => optimizer.Restore(1, optimizer.State.ToDictionary(item => item.Key, _ => zeros(5))), Throws.ArgumentException.With.Message.Contains("5 values"));
        Assert.That(() => optimizer.Restore(1, new Dictionary<string, Tensor>()), Throws.ArgumentException.With.Message.Contains(optimizer.State.Keys.First()));
        Assert.That(optimizer.Updates, Is.Zero);
    }

    private static void Run(FlatParameters flat, FlatOptimizer optimizer, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            using (no_grad())
                flat.Gradients.copy_(flat.Values).mul_(0.3).add_(0.01);
            optimizer.Step(0.01);
        }
    }

    /// <summary>You et al. 2017, algorithm 1, number by number.</summary>
    private sealed class PlainLars(TorchSharp.Modules.Parameter parameter, OptimizerRecipe recipe, bool isMatrix)
    {
        private readonly double[] velocity = new double[parameter.NumberOfElements];

        public double[] Values { get; } = [.. parameter.data<float>().Select(value => (double)value)];

        public void Step(double learningRate)
        {
            var gradient = parameter.grad!.data<float>().Select(value => (double)value).ToArray();
            var decay = isMatrix || recipe.DecayNormsAndBiases ? recipe.WeightDecay : 0;
            var local = isMatrix ? recipe.TrustCoefficient * Norm(Values) / (Norm(gradient) + (decay * Norm(Values))) : 1;
            for (var i = 0; i < Values.Length; i++)
            {
                velocity[i] = (recipe.Momentum * velocity[i]) + (learningRate * local * (gradient[i] + (decay * Values[i])));
                Values[i] -= velocity[i];
            }
        }

        private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));
    }
}
