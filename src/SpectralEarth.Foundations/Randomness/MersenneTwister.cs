using System.Numerics;

namespace SpectralEarth.Randomness;

/// <summary>
/// Python's generator, <c>random.Random(seed)</c>, for draws that published work made with it: MT19937 (Matsumoto and
/// Nishimura 1998) seeded by <c>init_by_array</c>, and CPython's <c>sample</c>. Draws of this project use <see cref="SeededRandom"/>.
/// </summary>
public sealed class MersenneTwister
{
    private const int Length = 624, Shift = 397;

    private readonly uint[] state = new uint[Length];
    private int next = Length;

    /// <param name="seed">Seed, as given to Python's Random.</param>
    public MersenneTwister(uint seed)
    {
        state[0] = 19650218;
        for (var i = 1; i < Length; i++)
            state[i] = (1812433253 * (state[i - 1] ^ (state[i - 1] >> 30))) + (uint)i;
        // Both rounds go once around, beginning behind the first word; the key is the seed alone.
        Mix(1664525, (word, _) => word + seed);
        Mix(1566083941, (word, i) => word - (uint)i, start: 2, rounds: Length - 1);
        state[0] = 0x80000000;
    }

    /// <summary>A sample without repetition, in the order drawn: Python's <c>random.sample(range(population), count)</c>.</summary>
    /// <param name="population">Number of things to draw from.</param>
    /// <param name="count">Number to draw.</param>
    /// <exception cref="ArgumentOutOfRangeException">More are asked for than there are.</exception>
    public int[] Sample(int population, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, population);
        // CPython keeps a list where that takes less memory than a set; the two draw differently.
        var setSize = 21 + (count > 5 ? (int)Math.Pow(4, Math.Ceiling(Math.Log(count * 3, 4))) : 0);
        return population <= setSize ? SampleByList(population, count) : SampleBySet(population, count);
    }

    private int[] SampleByList(int population, int count)
    {
        int[] pool = [.. Enumerable.Range(0, population)];
        var drawn = new int[count];
        for (var i = 0; i < count; i++)
        {
            var place = Below(population - i);
            (drawn[i], pool[place]) = (pool[place], pool[population - i - 1]);
        }

        return drawn;
    }

    private int[] SampleBySet(int population, int count)
    {
        var (drawn, chosen) = (new int[count], new HashSet<int>());
        for (var i = 0; i < count; i++)
        {
            do
                drawn[i] = Below(population);
            while (!chosen.Add(drawn[i]));
        }

        return drawn;
    }

    /// <summary>Uniform in [0, <paramref name="limit"/>), by rejection.</summary>
    private int Below(int limit)
    {
        var bits = 32 - BitOperations.LeadingZeroCount((uint)limit);
        uint number;
        do
            number = Next() >> (32 - bits);
        while (number >= limit);
        return (int)number;
    }

    private uint Next()
    {
        if (next == Length)
            Refill();
        var y = state[next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    private void Refill()
    {
        for (var i = 0; i < Length; i++)
        {
            var y = (state[i] & 0x80000000) | (state[(i + 1) % Length] & 0x7fffffff);
            state[i] = state[(i + Shift) % Length] ^ (y >> 1) ^ ((y & 1) * 0x9908b0df);
        }

        next = 0;
    }

    private void Mix(uint factor, Func<uint, int, uint> key, int start = 1, int rounds = Length)
    {
        var i = start;
        for (var round = 0; round < rounds; round++)
        {
            state[i] = key(state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * factor), i);
            if (++i < Length)
                continue;
            state[0] = state[Length - 1];
            i = 1;
        }
    }
}
