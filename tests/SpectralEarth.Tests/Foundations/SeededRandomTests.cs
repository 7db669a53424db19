using SpectralEarth.Randomness;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Foundations;

public sealed class SeededRandomTests
{
    [Test]
    public void Streams_of_one_purpose_and_position_repeat_and_others_differ()
    {
        var first = new SeededRandom(7, "mask", 3, 5);
        var again = new SeededRandom(7, "mask", 3, 5);
        SeededRandom[] others =
            [new(8, "mask", 3, 5), new(7, "crop", 3, 5), new(7, "mask", 3, 6), new(7, "mask", 5, 3), new(7, "mask", 3), new(7, "mask3", 5)];

        var bits = first.NextBits();

        Assert.That(again.NextBits(), Is.EqualTo(bits));
        Assert.That(others.Select(other => other.NextBits()).Append(bits), Is.Unique);
    }

    [Test]
    public void Bits_are_the_same_on_every_machine()
    {
        var random = new SeededRandom(12345, "purpose", 1);

        Assert.That(random.NextBits(), Is.EqualTo(15005905023508934875), "stored runs and data sets rely on these draws");
    }

    [Test]
    public void Uniform_numbers_have_their_mean_and_spread()
    {
        var random = new SeededRandom(1, "uniform");
        var values = Enumerable.Range(0, 100_000).Select(_ => random.NextDouble()).ToArray();

        Assert.That(values, Has.All.InRange(0, 1).And.All.LessThan(1));
        Assert.That(values.Average(), Is.EqualTo(0.5).Within(0.005));                                      // 5 standard errors
        Assert.That(values.Average(value => value * value), Is.EqualTo(1.0 / 3).Within(0.005));
    }

    [Test]
    public void Normal_numbers_have_mean_0_and_deviation_1()
    {
        var random = new SeededRandom(2, "normal");
        var values = Enumerable.Range(0, 100_000).Select(_ => random.NextNormal()).ToArray();

        Assert.That(values, Has.All.Matches<double>(double.IsFinite));
        Assert.That(values.Average(), Is.Zero.Within(0.016));                                              // 5 standard errors
        Assert.That(values.Average(value => value * value), Is.EqualTo(1).Within(0.023));
    }

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(int.MaxValue)]
    public void Integers_fall_evenly_below_their_maximum(int maximum)
    {
        var random = new SeededRandom(3, "integers");
        var values = Enumerable.Range(0, 70_000).Select(_ => random.NextInt(maximum)).ToArray();

        Assert.That(values, Has.All.InRange(0, maximum - 1));
        for (var seventh = 0; maximum >= 7 && seventh < 7; seventh++)
            Assert.That(values.Count(value => (long)value * 7 / maximum == seventh), Is.EqualTo(10_000).Within(470));   // 5 standard deviations
    }

    [Test]
    public void Shuffling_keeps_all_items_and_reaches_every_order()
    {
        var orders = new HashSet<string>();
        for (var position = 0; position < 400; position++)
        {
            int[] items = [1, 2, 3, 4];

            new SeededRandom(4, "shuffle", position).Shuffle(items.AsSpan());

            Assert.That(items, Is.EquivalentTo(new[] { 1, 2, 3, 4 }));
            orders.Add(string.Join("", items));
        }

        Assert.That(orders, Has.Count.EqualTo(24));
    }
}
