using SpectralEarth.Shards.Loading;
using SpectralEarth.Testing;
using SpectralEarth.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tests.Training;

public sealed class TrainingStepTests
{
    private const int Batch = 8, Inputs = 6, Patches = 40;

    private static readonly PretrainRecipe Recipe = TinyRecipe.Recipe with { BatchSize = Batch, Steps = 20 };

    [TestCase(2)]
    [TestCase(4)]
    [TestCase(8)]
    public void Accumulated_parts_equal_the_large_batch_to_rounding(int parts)
    {
        using var whole = Network();
        using var divided = Network();
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        divided.load_state_dict(whole.state_dict());
        using var one = new TrainingStep(whole, Recipe.Optimizer.Rules(), Recipe, Patches);
        using var many = new TrainingStep(divided, Recipe.Optimizer.Rules(), Recipe, Patches);

        for (var step = 0; step < 10; step++)
        {
            var first = one.Run(step, Parts(step, 1), part => Loss(whole, part));
            var second = many.Run(step, Parts(step, parts), part => Loss(divided, part));
            Assert.That(second.Loss, Is.EqualTo(first.Loss).Within(1e-5 * first.Loss), $"step {step}");
            Assert.That(second.GradientNorm, Is.EqualTo(first.GradientNorm).Within(1e-4 * first.GradientNorm), $"step {step}");
        }

        // AdamW's first steps are as long whatever the gradient, so roundings of tiny gradients show.
        Assert.That((many.Parameters.Values - one.Parameters.Values).abs().max().item<float>(), Is.LessThan(1e-4));
    }

    [Test]
    public void Epoch_and_learning_rate_of_the_report_follow_the_recipe()
    {
        using var network = Network();
        using var training = new TrainingStep(network, Recipe.Optimizer.Rules(), Recipe, Patches);

        var report = training.Run(0, Parts(0, 1), part => Loss(network, part));

        Assert.That((report.Step, report.Epoch, report.LearningRate), Is.EqualTo((1L, 0.2, Recipe.Optimizer.LearningRate / 2)));
        Assert.That(report.IsFinite);
    }

    [Test]
    public void Gradient_may_be_changed_before_the_update()
    {
        using var network = Network();
        using var training = new TrainingStep(network, Recipe.Optimizer.Rules(), Recipe, Patches);
        using var before = network.get_parameter("second.weight")!.clone();
        var still = Recipe.Optimizer with { WeightDecay = 0 };
        using var undecayed = new TrainingStep(network, still.Rules(), Recipe with { Optimizer = still }, Patches);

        _ = undecayed.Run(0, Parts(0, 1), part => Loss(network, part), () => network.get_parameter("second.weight")!.grad!.zero_());

        using var same = network.get_parameter("second.weight")!.equal(before).all();
        Assert.That(same.item<bool>());
    }

    [Test]
    public void One_part_that_is_not_finite_spoils_the_step_and_nothing_changes()
    {
        using var network = Network();
        using var training = new TrainingStep(network, Recipe.Optimizer.Rules(), Recipe, Patches);
        using var before = training.Parameters.Values.clone();
        var number = 0;

        var report = training.Run(0, Parts(0, 4), part => number++ == 2 ? Loss(network, part) * double.NaN : Loss(network, part));

        using var same = training.Parameters.Values.equal(before).all();
        Assert.That(report.IsFinite, Is.False);
        Assert.That(same.item<bool>());
        Assert.That(training.Optimizer.Updates, Is.Zero);
    }

    private static List<PatchBatch> Parts(int step, int count) =>
        [.. Enumerable.Range(0, Batch).Chunk(Batch / count).Select(samples => new PatchBatch
        {
            Indices = samples,
            Pixels = [.. samples.SelectMany(sample => Enumerable.Range(0, Inputs).Select(input => (short)(((sample * 31) + (input * 17) + (step * 7)) % 23)))],
            Validity = new byte[samples.Length * Inputs],
            Labels = null,
            FirstSample = samples[0],
        })];

    private static Tensor Loss(Module<Tensor, Tensor> network, PatchBatch part)
    {
        using var scope = NewDisposeScope();
        var input = tensor(part.Pixels, [part.Indices.Length, Inputs]).to_type(ScalarType.Float32) / 10;
        return (network.forward(input) - 1).square().mean().MoveToOuterDisposeScope();
    }

    private static TorchSharp.Modules.Sequential Network() =>
        Sequential(("first", Linear(Inputs, 16)), ("norm", LayerNorm(16)), ("act", GELU()), ("second", Linear(16, 4)));
}
