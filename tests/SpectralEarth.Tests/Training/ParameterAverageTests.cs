using SpectralEarth.Testing;
using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tests.Training;

public sealed class ParameterAverageTests
{
    [Test]
    public void Average_equals_the_plain_form_on_each_parameter()
    {
        using var network = Network();
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        using var flat = new FlatParameters(network.named_parameters(), ParameterRule.DecayMatricesOnly(0));
        using var average = new ParameterAverage(flat);
        var plain = network.parameters().Select(parameter => parameter.clone().detach()).ToList();

        for (var step = 1; step <= 10; step++)
        {
            using (no_grad())
            {
                flat.Values.mul_(0.9).add_(0.01 * step);
                foreach (var (parameter, mean) in network.parameters().Zip(plain))
                    mean.mul_(0.7).add_(parameter, 0.3);
            }

            average.Follow(0.7);
        }

        var seen = average.Use(() => network.parameters().Select(parameter => parameter.clone()).ToList());
        foreach (var (value, expected) in seen.Zip(plain))
            Assert.That((value - expected).abs().max().item<float>(), Is.LessThan(1e-6));     // roundings of values near 1
    }

    [Test]
    public void Use_puts_the_own_weights_back_even_after_an_error()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var flat = new FlatParameters(network.named_parameters(), ParameterRule.DecayMatricesOnly(0));
        using var average = new ParameterAverage(flat);
        using (no_grad())
            flat.Values.fill_(3);

        Assert.That(() => average.Use<int>(() => throw new InvalidOperationException("use")), Throws.InvalidOperationException);

        Assert.That(flat.Values.data<float>().ToArray(), Is.All.EqualTo(3f));
    }

    [Test]
    public void Teacher_keeps_its_values_and_then_follows_the_average()
    {
        using var scope = NewDisposeScope();
        using var student = Sequential(("encoder", Network()), ("head", Linear(2, 2)));
        using var teacher = Network();
        using var flat = new FlatParameters(student.named_parameters(), ParameterRule.DecayMatricesOnly(0));
        using var average = new ParameterAverage(flat);
        var before = teacher.get_parameter("first.weight")!.clone();
        average.Carry(teacher, "encoder.");
        var carried = teacher.get_parameter("first.weight")!.clone();

        average.Follow(0.75);

        var expected = (before * 0.75) + (student.get_parameter("encoder.first.weight")! * 0.25);
        Assert.That(carried.equal(before).all().item<bool>());
        Assert.That((teacher.get_parameter("first.weight")! - expected).abs().max().item<float>(), Is.LessThan(1e-6));
        Assert.That(teacher.parameters().Select(parameter => parameter.requires_grad), Is.All.False);
    }

    [Test]
    public void Teacher_of_another_shape_is_refused_by_the_parameters_name()
    {
        using var scope = NewDisposeScope();
        using var student = Sequential(("encoder", Network()));
        using var other = Sequential(("first", Linear(3, 7)), ("second", Linear(7, 2)));
        using var flat = new FlatParameters(student.named_parameters(), ParameterRule.DecayMatricesOnly(0));
        using var average = new ParameterAverage(flat);

        Assert.That(() => average.Carry(other, "encoder."), Throws.ArgumentException.With.Message.Contains("first."));
        Assert.That(() => average.Carry(other, "decoder."), Throws.ArgumentException.With.Message.Contains("decoder."));
    }

    private static TorchSharp.Modules.Sequential Network() => Sequential(("first", Linear(3, 5)), ("second", Linear(5, 2)));
}
