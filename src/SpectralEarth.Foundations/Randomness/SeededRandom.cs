using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace SpectralEarth.Randomness;

/// <summary>
/// A random generator derived from a seed, a purpose and positions (epoch, step, sample), so that a draw can be
/// repeated without any stored state. SplitMix64 (Steele, Lea, Flood 2014, figure 16) over an XXH3 key.
/// </summary>
public record struct SeededRandom
{
    private ulong state;

    /// <summary>Derives the stream of <paramref name="purpose"/> at <paramref name="positions"/>.</summary>
    public SeededRandom(long seed, string purpose, params ReadOnlySpan<long> positions)
    {
        var hash = new XxHash3(seed);
        hash.Append(MemoryMarshal.AsBytes(purpose.AsSpan()));
        hash.Append(MemoryMarshal.AsBytes(positions));
        state = hash.GetCurrentHashAsUInt64();
    }

    /// <summary>Next 64 random bits.</summary>
    public ulong NextBits()
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A non-negative seed for another generator.</summary>
    public long NextSeed() => (long)(NextBits() >> 1);

    /// <summary>Uniform number in [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform integer in [0, <paramref name="exclusiveMaximum"/>).</summary>
    public int NextInt(int exclusiveMaximum) =>
        (int)(((UInt128)NextBits() * (ulong)(uint)exclusiveMaximum) >> 64);

    /// <summary>Shuffles in place (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var last = items.Length - 1; last > 0; last--)
        {
            var other = NextInt(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }
}
