using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>
/// LZW as TIFF writes it: codes of 9 to 12 bits, most significant bit first, each width one code early (TIFF 6.0, section
/// 13). A string of the table always stands in the output already, so the table holds places, not characters.
/// </summary>
internal static class LzwDecoder
{
    private const int Clear = 256, End = 257, First = 258, TableSize = 4096;

    /// <summary>True for the form of before 1988, least significant bit first, which LibTiff.NET decodes.</summary>
    internal static bool IsOldForm(ReadOnlySpan<byte> stored) => stored.Length > 1 && stored[0] == 0 && (stored[1] & 1) != 0;

    /// <summary>Decodes until <paramref name="samples"/> is full or the codes end.</summary>
    /// <returns>Bytes that were decoded.</returns>
    /// <exception cref="InvalidDataException">A code names no string of the table.</exception>
    internal static int Decode(ReadOnlySpan<byte> stored, Span<byte> samples)
    {
        Span<ulong> strings = stackalloc ulong[TableSize];          // place << 16 | length
        var (next, width, previousStart, previousLength) = (First, 9, 0, 0);
        var (position, bit) = (0, 0L);
        while (position < samples.Length && bit + width <= 8L * stored.Length)
        {
            var code = CodeAt(stored, bit, width);
            bit += width;
            if (code == End)
                break;
            if (code == Clear)
            {
                (next, width, previousLength) = (First, 9, 0);
                continue;
            }

            if (previousLength > 0 && next < TableSize)
            {
                strings[next] = ((ulong)previousStart << 16) | (uint)(previousLength + 1);
                next++;
                if (next >= (1 << width) - 1 && width < 12)
                    width++;
            }

            previousStart = position;
            if (code < Clear)
            {
                samples[position] = (byte)code;
                previousLength = 1;
            }
            else
            {
                if (code >= next)
                    throw new InvalidDataException($"LZW code {code} at bit {bit - width}, where codes end at {next - 1}.");
                var text = strings[code];
                previousLength = Math.Min((int)(text & 0xFFFF), samples.Length - position);
                Repeat(samples, (int)(text >> 16), position, previousLength);
            }

            position += previousLength;
        }

        return position;
    }

    private static int CodeAt(ReadOnlySpan<byte> stored, long bit, int width)
    {
        var at = (int)(bit >> 3);
        var word = at + 4 <= stored.Length ? BinaryPrimitives.ReadUInt32BigEndian(stored[at..]) : Tail(stored[at..]);
        return (int)((word << (int)(bit & 7)) >> (32 - width));
    }

    private static uint Tail(ReadOnlySpan<byte> bytes)
    {
        var word = 0u;
        for (var i = 0; i < 4; i++)
            word = (word << 8) | (i < bytes.Length ? bytes[i] : 0u);
        return word;
    }

    /// <summary>Copies an earlier string; the last code of the table may overlap its own copy by one byte.</summary>
    private static void Repeat(Span<byte> samples, int from, int to, int length)
    {
        if (length <= sizeof(ulong) && to <= samples.Length - sizeof(ulong))
        {
            // What is copied too much is overwritten by the strings that follow.
            ref var first = ref MemoryMarshal.GetReference(samples);
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref first, to), Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, from)));
            if (from + length > to)
                Unsafe.Add(ref first, to + length - 1) = Unsafe.Add(ref first, to);
            return;
        }

        if (from + length <= to)
        {
            samples.Slice(from, length).CopyTo(samples[to..]);
            return;
        }

        var source = samples.Slice(from, length);
        var target = samples.Slice(to, length);
        for (var i = 0; i < source.Length; i++)
            target[i] = source[i];
    }
}
