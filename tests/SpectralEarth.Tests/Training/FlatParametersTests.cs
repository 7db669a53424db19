using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SpectralEarth.Testing;
using SpectralEarth.Training.Optimization;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tests.Training;

public sealed class FlatParametersTests
{
    private static readonly IReadOnlyList<ParameterRule> Rules = ParameterRule.DecayMatricesOnly(0.05);

    [Test]
    public void Forward_gives_the_same_before_and_after_and_follows_the_flat_buffer()
    {
        using var network = Network();
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        var input = ones(2, 3);
        var before = network.forward(input);

        using var flat = new FlatParameters(network.named_parameters(), Rules);
        var after = network.forward(input);
        using (no_grad())
            flat.Values.zero_();
        var cleared = network.forward(input);

        Assert.That(after.data<float>().ToArray(), Is.EqualTo(before.data<float>().ToArray()));
        Assert.That(cleared.data<float>().ToArray(), Is.All.EqualTo(0f));
    }

    [Test]
    public void Backward_accumulates_into_the_flat_gradient()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var flat = new FlatParameters(network.named_parameters(), Rules);

        network.forward(ones(2, 3)).sum().backward();
        var once = flat.Gradients.clone();
        network.forward(ones(2, 3)).sum().backward();

        Assert.That(once.abs().sum().item<float>(), Is.GreaterThan(0));
        Assert.That(allclose(flat.Gradients, once * 2), "A second backward pass adds to the first.");
        var weight = network.get_parameter("first.weight")!;
        Assert.That(Address(weight.grad!) - Address(flat.Gradients), Is.EqualTo(Address(weight) - Address(flat.Values)), "grad is still the view.");
    }

    [Test]
    public void Parameters_without_gradient_keep_zero_and_are_not_lost()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var flat = new FlatParameters(network.named_parameters(), Rules);

        network.forward(ones(2, 3)).sum().backward();

        var unused = network.get_parameter("unused.weight")!;
        Assert.That(unused.grad!.abs().sum().item<float>(), Is.Zero);
        flat.Gradients.fill_(3);
        Assert.That(unused.grad!.data<float>().ToArray(), Is.All.EqualTo(3f), "The view is still tied to the buffer.");
    }

    [Test]
    public void State_dict_reads_and_loads_through_the_views()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var flat = new FlatParameters(network.named_parameters(), Rules);
        var saved = network.state_dict().ToDictionary(item => item.Key, item => item.Value.clone());

        using (no_grad())
            flat.Values.fill_(5);
        var seen = network.state_dict()["first.weight"].data<float>().ToArray();
        network.load_state_dict(saved);

        Assert.That(seen, Is.All.EqualTo(5f));
        Assert.That(network.get_parameter("first.weight")!.equal(saved["first.weight"]).all().item<bool>());
        Assert.That((flat.Values == 5).sum().item<long>(), Is.EqualTo(flat.Values.numel() - flat.Count), "Only the gaps keep the fill value.");
    }

    [Test]
    public void Frozen_parameters_stay_outside()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        network.get_parameter("first.weight")!.requires_grad = false;

        using var flat = new FlatParameters(network.named_parameters(), Rules);

        Assert.That(flat.Count, Is.EqualTo(network.parameters().Where(p => p.requires_grad).Sum(p => p.numel())));
        Assert.That(network.get_parameter("first.weight")!.grad, Is.Null);
    }

    [Test]
    public void Norms_and_biases_are_grouped_apart_from_matrices()
    {
        using var scope = NewDisposeScope();
        using var network = Network();

        using var flat = new FlatParameters(network.named_parameters(), Rules);

        Assert.That(flat.Groups.Select(group => group.WeightDecay), Is.EqualTo(new[] { 0, 0.05 }));
        Assert.That(flat.Groups[1].First, Is.EqualTo(flat.Groups[0].Count));
        flat.Values.narrow(0, flat.Groups[0].First, flat.Groups[0].Count).fill_(-1);
        Assert.That(network.named_parameters().Where(item => (item.parameter == -1).all().item<bool>()).Select(item => item.name),
            Is.EquivalentTo(new[] { "first.bias", "norm.weight", "norm.bias", "second.bias", "unused.bias" }));
    }

    [Test]
    public void Views_start_at_multiples_of_64_bytes()
    {
        using var scope = NewDisposeScope();
        using var network = Network();

        using var flat = new FlatParameters(network.named_parameters(), Rules);

        Assert.That(network.parameters().Select(p => (Address(p) - Address(flat.Values)) % 64), Is.All.Zero);
    }

    [Test]
    public void Uncovered_parameter_is_refused_by_name()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var rules = new[] { new ParameterRule((_, parameter) => parameter.ndim == 2, 1, 0) };

        Assert.That(() => new FlatParameters(network.named_parameters(), rules),
            Throws.ArgumentException.With.Message.Contains("first.bias"));
    }

    [Test]
    public void Module_without_trainable_parameters_is_refused()
    {
        using var network = ReLU();

        Assert.That(() => new FlatParameters(network.named_parameters(), Rules), Throws.ArgumentException);
    }

    [Test]
    public void Clipping_shortens_to_the_maximum_and_tells_the_norm_before()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var flat = new FlatParameters(network.named_parameters(), Rules);
        foreach (var parameter in network.parameters())
            parameter.grad!.fill_(2);
        var expected = 2 * Math.Sqrt(flat.Count);

        var untouched = flat.ClipGradients(null);
        var before = flat.ClipGradients(1.5);
        var length = flat.ClippedGradient(0, flat.Gradients.shape[0]).norm().item<float>();
        flat.ZeroGradients();

        Assert.That(untouched, Is.EqualTo(expected).Within(1e-5));
        Assert.That(before, Is.EqualTo(expected).Within(1e-5));
        Assert.That(length, Is.EqualTo(1.5).Within(1e-5));
        Assert.That(flat.GradientScale, Is.EqualTo(1));
    }

    [Test]
    public void Clipping_reports_a_gradient_that_is_not_a_number()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var flat = new FlatParameters(network.named_parameters(), Rules);
        network.get_parameter("second.weight")!.grad!.fill_(float.NaN);

        Assert.That(flat.ClipGradients(1), Is.NaN);
        Assert.That(flat.GradientScale, Is.EqualTo(1));
    }

    [Test]
    public void Layout_tells_networks_apart()
    {
        using var scope = NewDisposeScope();
        using var one = new FlatParameters(Network().named_parameters(), Rules);
        using var same = new FlatParameters(Network().named_parameters(), Rules);
        using var regrouped = new FlatParameters(Network().named_parameters(), [ParameterRule.Everything(0)]);

        Assert.That(same.Layout, Is.EqualTo(one.Layout));
        Assert.That(regrouped.Layout, Is.Not.EqualTo(one.Layout));
    }

    private static Sequential Network() => Sequential(
        ("first", Linear(3, 5)), ("norm", LayerNorm(5)), ("second", Linear(5, 2)), ("unused", new Unused()));

    private static unsafe long Address(Tensor tensor) =>
        (long)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));

    /// <summary>Has parameters that its forward pass does not touch.</summary>
    private sealed class Unused : Module<Tensor, Tensor>
    {
        private readonly Parameter weight = new(ones(3, 3)), bias = new(ones(3));

        public Unused() : base(nameof(Unused)) => RegisterComponents();

        public override Tensor forward(Tensor x) => x.alias();
    }
}
