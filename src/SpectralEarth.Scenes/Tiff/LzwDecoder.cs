using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>
/// LZW as TIFF writes it: codes of 9 to 12 bits, most significant bit first, each width one code early (TIFF 6.0, section
/// 13). The table holds strings of up to seven bytes, nearly all of a spectral image, in one word with their length, so that
/// they are written without reading what was just written. Longer ones stand in the output already and are copied from there.
/// </summary>
internal static unsafe class LzwDecoder
{
    /// <summary>Bytes behind the codes that are read but not used, and behind the samples that are written.</summary>
    internal const int Slack = sizeof(ulong);

    private const int Clear = 256, End = 257, First = 258, TableSize = 4096, ShortBytes = 7, LengthShift = 8 * ShortBytes;
    private const ulong OneByte = 1UL << LengthShift;

    /// <summary>True for the form of before 1988, least significant bit first, which LibTiff.NET decodes.</summary>
    internal static bool IsOldForm(ReadOnlySpan<byte> stored) => stored.Length > 1 && stored[0] == 0 && (stored[1] & 1) != 0;

    /// <summary>Decodes until <paramref name="needed"/> bytes are there or the codes end.</summary>
    /// <param name="stored">Codes and <see cref="Slack"/>.</param>
    /// <param name="length">Bytes of the codes.</param>
    /// <param name="samples">Receives the bytes and some of the <see cref="Slack"/> behind them.</param>
    /// <param name="needed">Bytes wanted.</param>
    /// <returns>Bytes that were decoded.</returns>
    /// <exception cref="InvalidDataException">A code names no string of the table.</exception>
    [SkipLocalsInit]
    internal static int Decode(byte[] stored, int length, byte[] samples, int needed)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, stored.Length - Slack);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(needed, samples.Length - Slack);
        // Short strings have their length in the highest byte, which is 0 in that of long ones and of Clear and End.
        var strings = stackalloc ulong[TableSize];
        var places = stackalloc (int Start, int Length)[TableSize];
        for (var value = 0; value < Clear; value++)
            strings[value] = (uint)value | OneByte;
        (strings[Clear], strings[End]) = (0, 0);
        fixed (byte* input = stored, output = samples)
        {
            var (next, width) = (First, 9);
            var (previous, previousLength) = (0UL, 0);
            var (bit, bits) = (0L, 8L * length);
            var to = output;
            var end = output + needed;
            while (to < end && bit + width <= bits)
            {
                var code = (int)((BinaryPrimitives.ReverseEndianness(*(uint*)(input + (bit >> 3))) << (int)(bit & 7)) >> (32 - width));
                bit += width;
                if (code >= next && (code > next || previousLength == 0))
                    throw new InvalidDataException($"LZW code {code} at bit {bit - width}, where codes end at {(previousLength == 0 ? next - 1 : next)}.");
                var text = code < next ? strings[code] : Extended(previous, previousLength, previous);
                if (code == End)
                    break;
                if (code == Clear)
                {
                    (next, width, previousLength) = (First, 9, 0);
                    continue;
                }

                if (previousLength > 0 && next < TableSize)
                {
                    strings[next] = Extended(previous, previousLength, text);
                    if (previousLength >= ShortBytes)
                        places[next] = ((int)(to - output) - previousLength, previousLength + 1);
                    if (++next == (1 << width) - 1 && width < 12)
                        width++;
                }

                (previous, previousLength) = (text, (int)(text >> LengthShift));
                if (previousLength > 0)
                    *(ulong*)to = text;
                else
                    previousLength = Copy(output + places[code].Start, to, (int)Math.Min(places[code].Length, end - to));
                to += previousLength;
            }

            return (int)Math.Min(to - output, needed);
        }
    }

    /// <summary>A string and the first byte of the one that follows it in the output; of a long string the first seven bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Extended(ulong text, int length, ulong next) =>
        length < ShortBytes ? text + OneByte + ((next & 0xFF) << (8 * length)) : text & (OneByte - 1);

    /// <summary>Copies an earlier string; the newest of the table may overlap its own copy by one byte.</summary>
    private static int Copy(byte* from, byte* to, int length)
    {
        var apart = (int)Math.Min(length, to - from);
        new Span<byte>(from, apart).CopyTo(new(to, apart));
        if (apart < length)
            to[apart] = *to;
        return length;
    }
}
