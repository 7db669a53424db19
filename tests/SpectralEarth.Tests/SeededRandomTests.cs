using SpectralEarth.Randomness;

namespace SpectralEarth.Tests;

public sealed class SeededRandomTests
{
    [Test]
    public void Streams_of_one_purpose_and_position_repeat_and_others_differ()
    {
        var first = new SeededRandom(7, "mask", 3, 5);
        var again = new SeededRandom(7, "mask", 3, 5);
        var other = new SeededRandom(7, "mask", 3, 6);

        var bits = first.NextBits();

        Assert.That(again.NextBits(), Is.EqualTo(bits));
        Assert.That(other.NextBits(), Is.Not.EqualTo(bits));
    }
}
