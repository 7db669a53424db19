using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SpectralEarth.Models.Products;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed unsafe class SoftmaxRowsTests
{
    [SetUp]
    public void NeedsItsProcessor() => Assume.That(Avx512F.IsSupported, "This processor has no AVX-512: libtorch does these steps.");

    [TestCase(16)]
    [TestCase(1040)]
    public void Equal_the_tensor_librarys_operations(int length)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (row, slopes) = (randn(length, generator: generator) * 20, randn(length, generator: generator));
        var (numbers, found) = (row.data<float>().ToArray(), slopes.data<float>().ToArray());
        float largest, sum, dot;

        fixed (float* scores = numbers, toScores = found)
        {
            dot = SoftmaxRows.Dot(scores, toScores, length);
            largest = SoftmaxRows.Largest(scores, length);
            sum = SoftmaxRows.Exponentiate(scores, length, largest);
            SoftmaxRows.ToScores(toScores, length, along: 0.5f, scores);
        }

        var expected = (row - row.max()).exp();
        Assert.That(dot, Is.EqualTo(row.dot(slopes).item<float>()).Within(1e-2));
        Assert.That(largest, Is.EqualTo(row.max().item<float>()));
        Assert.That(sum, Is.EqualTo(expected.sum().item<float>()).Within(1e-5));
        Assert.That(numbers, Is.EqualTo(expected.data<float>().ToArray()).Within(1e-6));
        Assert.That(found, Is.EqualTo(((slopes - 0.5) * expected).data<float>().ToArray()).Within(1e-5));
    }

    [Test]
    public void The_exponential_is_off_by_two_units_of_the_last_digit_at_most()
    {
        for (var power = -87f; power < 88; power += 0.00317f)
        {
            var expected = (float)Math.Exp(power);
            Assert.That(Exp(power), Is.EqualTo(expected).Within(2 * (MathF.BitIncrement(expected) - expected)), $"exp({power})");
        }
    }

    [TestCase(0f, 1f)]
    [TestCase(float.NegativeInfinity, 0f)]
    [TestCase(-1e30f, 0f)]
    [TestCase(float.NaN, float.NaN)]
    [TestCase(float.PositiveInfinity, float.PositiveInfinity)]
    public void The_exponential_of_special_numbers(float power, float expected) => Assert.That(Exp(power), Is.EqualTo(expected));

    private static float Exp(float power) => SoftmaxRows.Exp(Vector512.Create(power))[0];
}
