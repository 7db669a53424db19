using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SpectralEarth.Shards.Codecs;

/// <summary>
/// Rice code (Rice 1979, JPL 79-22) of blocks of 256 unsigned 16-bit numbers: the low k bits of each number lie in
/// bit-packed vectors, the rest follows in unary, zeros ended by a one, lowest bit of a byte first.
/// </summary>
internal static class RiceCode
{
    /// <summary>Numbers of a block.</summary>
    public const int Block = 256;
    /// <summary>Largest k; at 16 the unary part is a lone one per number.</summary>
    public const int MaximumLowBits = 16;
    /// <summary>Numbers that <see cref="ReadUnary"/> may write behind the end.</summary>
    public const int UnarySlack = 8;

    private const int Lanes = 16;
    private static readonly ushort[] Runs = RunTable();

    /// <summary>Bytes of the low parts of a block.</summary>
    public static int LowLength(int lowBits) => lowBits * Block / 8;

    /// <summary>Number of low bits that makes the block smallest; the size is convex in it, so going downhill finds it.</summary>
    /// <param name="block">256 numbers.</param>
    /// <param name="guess">Where to start, for example the result of the block before.</param>
    public static int BestLowBits(ReadOnlySpan<ushort> block, int guess)
    {
        var best = Bits(block, guess);
        var step = guess < MaximumLowBits && Bits(block, guess + 1) < best ? 1 : -1;
        while (guess + step is >= 0 and <= MaximumLowBits)
        {
            var next = Bits(block, guess + step);
            if (next >= best)
                break;
            (best, guess) = (next, guess + step);
        }

        return guess;
    }

    private static int Bits(ReadOnlySpan<ushort> block, int lowBits)
    {
        var sums = Vector256<uint>.Zero;
        ref var first = ref MemoryMarshal.GetReference(block[..Block]);
        for (var i = 0; i < Block; i += Lanes)
        {
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref first, (nuint)i));
            sums += (low >> lowBits) + (high >> lowBits);
        }

        return (int)Vector256.Sum(sums) + (Block * (lowBits + 1));
    }

    /// <summary>Packs the low bits: lane j of the vectors holds numbers j, j + 16, ..., each word filled from its lowest bit.</summary>
    public static void WriteLow(ReadOnlySpan<ushort> block, int lowBits, Span<byte> destination)
    {
        if (lowBits == 0)
            return;
        ref var source = ref MemoryMarshal.GetReference(block[..Block]);
        ref var words = ref MemoryMarshal.GetReference(destination[..LowLength(lowBits)]);
        var mask = Vector256.Create((ushort)((1 << lowBits) - 1));
        var (word, filled, at) = (Vector256<ushort>.Zero, 0, 0);
        for (var i = 0; i < Block; i += Lanes)
        {
            var number = Vector256.LoadUnsafe(ref source, (nuint)i) & mask;
            word |= number << filled;
            filled += lowBits;
            if (filled < 16)
                continue;
            word.AsByte().StoreUnsafe(ref words, (nuint)at);
            at += Vector256<byte>.Count;
            filled -= 16;
            word = filled == 0 ? Vector256<ushort>.Zero : number >> (lowBits - filled);
        }
    }

    /// <summary>Writes the unary parts of all numbers and returns the bytes used.</summary>
    /// <param name="numbers">Whole blocks.</param>
    /// <param name="lowBits">k of each block.</param>
    /// <param name="destination">Receives the bytes.</param>
    public static int WriteUnary(ReadOnlySpan<ushort> numbers, ReadOnlySpan<byte> lowBits, Span<byte> destination)
    {
        var (bits, filled, at) = (0UL, 0, 0);
        for (var i = 0; i < numbers.Length; i++)
        {
            filled += numbers[i] >> lowBits[i / Block];
            while (filled >= 64)
                Flush(ref bits, ref filled, ref at, destination);
            bits |= 1UL << filled++;
        }

        while (filled > 0)
        {
            destination[at++] = (byte)bits;
            bits >>= 8;
            filled -= 8;
        }

        return at;

        static void Flush(ref ulong bits, ref int filled, ref int at, Span<byte> destination)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(destination[at..], bits);
            (bits, filled, at) = (0, filled - 64, at + sizeof(ulong));
        }
    }

    /// <summary>Reads unary numbers until <paramref name="count"/> are complete.</summary>
    /// <param name="source">Exactly their bytes.</param>
    /// <param name="count">Numbers.</param>
    /// <param name="numbers">Receives them; <see cref="UnarySlack"/> longer than <paramref name="count"/>.</param>
    /// <exception cref="InvalidDataException">The bytes hold another count.</exception>
    public static void ReadUnary(ReadOnlySpan<byte> source, int count, Span<ushort> numbers)
    {
        ref var runs = ref MemoryMarshal.GetArrayDataReference(Runs);
        ref var target = ref MemoryMarshal.GetReference(numbers[..(count + UnarySlack)]);
        var (produced, carried) = (0, 0u);
        foreach (var next in source)
        {
            if (produced >= count)
                break;
            var complete = Vector128.LoadUnsafe(ref runs, (nuint)next * 8) + Vector128.CreateScalar((ushort)carried);
            complete.StoreUnsafe(ref target, (nuint)(uint)produced);
            produced += BitOperations.PopCount(next);
            carried = next == 0 ? carried + 8 : (uint)BitOperations.LeadingZeroCount(next) - 24;
        }

        if (produced != count)
            throw new InvalidDataException($"{produced} residuals, expected {count}.");
    }

    /// <summary>For each byte, the lengths of the runs of zeros before its ones, eight numbers a byte.</summary>
    private static ushort[] RunTable()
    {
        var table = new ushort[256 * 8];
        for (var value = 0; value < 256; value++)
            for (int bit = 0, run = 0, at = value * 8; bit < 8; bit++)
                if ((value >> bit & 1) == 0)
                    run++;
                else
                    (table[at++], run) = ((ushort)run, 0);
        return table;
    }

    /// <summary>Reads the low parts of a block, 16 numbers at a time.</summary>
    [method: MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref struct LowReader(ReadOnlySpan<byte> source, int lowBits)
    {
        private readonly ref byte words = ref MemoryMarshal.GetReference(source[..LowLength(lowBits)]);
        private readonly Vector256<ushort> mask = Vector256.Create((ushort)((1 << lowBits) - 1));
        private readonly int lowBits = lowBits;
        private Vector256<ushort> word;
        private int left;
        private int at;

        /// <summary>The next 16 numbers' low bits; at most 16 calls.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<ushort> Next()
        {
            if (lowBits == 0)
                return Vector256<ushort>.Zero;
            var number = word;
            if (left >= lowBits)
            {
                word >>= lowBits;
                left -= lowBits;
                return number & mask;
            }

            var fresh = Vector256.LoadUnsafe(ref words, (nuint)(uint)at).AsUInt16();
            at += Vector256<byte>.Count;
            number |= fresh << left;
            var taken = lowBits - left;
            left = 16 - taken;
            word = left == 0 ? Vector256<ushort>.Zero : fresh >> taken;
            return number & mask;
        }
    }
}
