using SpectralEarth.Training.Optimization;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Training;

[TestFixture]
internal sealed class EuclideanNormTests
{
    [TestCase(1)]
    [TestCase(7)]
    [TestCase(4096 + 37)]
    [TestCase((1 << 20) + 16)]
    [TestCase((3 << 20) - 5)]
    public void Equals_the_sum_in_double_precision(int length)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)length);
        var values = randn(length, generator: random);

        Assert.That(EuclideanNorm.Of(values), Is.EqualTo(values.to(float64).square().sum().sqrt().item<double>()).Within(1e-5).Percent);
    }

    [Test]
    public void Does_not_depend_on_the_number_of_threads()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var values = randn(5 << 20, generator: random);
        var before = get_num_threads();
        try
        {
            set_num_threads(1);
            var alone = EuclideanNorm.Of(values);
            set_num_threads(4);

            Assert.That(EuclideanNorm.Of(values), Is.EqualTo(alone));
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [TestCase(float.NaN, double.NaN)]
    [TestCase(float.NegativeInfinity, double.PositiveInfinity)]
    public void Tells_what_is_not_finite(float value, double expected)
    {
        using var scope = NewDisposeScope();
        var values = ones(10_000);
        values[9_876] = value;

        Assert.That(EuclideanNorm.Of(values), Is.EqualTo(expected));
    }
}
