namespace SpectralEarth.Scenes.Archives;

/// <summary>Code tables, lengths and distances of Deflate (RFC 1951, sections 3.2.5 to 3.2.7).</summary>
internal static class DeflateTables
{
    private const int FirstLength = 257, LengthCodes = 29, DistanceCodes = 30;

    private static readonly short[] LengthBases =
        [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];

    private static readonly byte[] LengthBits =
        [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

    private static readonly short[] DistanceBases =
        [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];

    private static readonly byte[] DistanceBits =
        [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];

    private static readonly byte[] LengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    /// <summary>Code lengths of blocks that carry none.</summary>
    internal static (byte[] Lengths, int LiteralCodes) Fixed { get; } = (
        [
            .. Enumerable.Repeat((byte)8, 144), .. Enumerable.Repeat((byte)9, 112), .. Enumerable.Repeat((byte)7, 24), .. Enumerable.Repeat((byte)8, 8),
            .. Enumerable.Repeat((byte)5, DistanceCodes),
        ], 288);

    /// <summary>The codes of literals and distances.</summary>
    internal static (HuffmanCode Literals, HuffmanCode Distances) Of(byte[] lengths, int literalCodes) =>
        (new HuffmanCode(lengths.AsSpan(0, literalCodes)), new HuffmanCode(lengths.AsSpan(literalCodes)));

    /// <summary>Reads the code lengths at the beginning of a block.</summary>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    internal static (byte[] Lengths, int LiteralCodes) Read(BitReader bits)
    {
        var literalCodes = bits.Take(5) + FirstLength;
        var distanceCodes = bits.Take(5) + 1;
        var count = bits.Take(4) + 4;
        if (literalCodes > FirstLength + LengthCodes || distanceCodes > DistanceCodes)
            throw new InvalidDataException("its code table names more codes than there are.");
        Span<byte> own = stackalloc byte[LengthOrder.Length];
        for (var i = 0; i < count; i++)
            own[LengthOrder[i]] = (byte)bits.Take(3);
        var lengths = new byte[literalCodes + distanceCodes];
        ReadLengths(bits, new HuffmanCode(own), lengths);
        return (lengths, literalCodes);
    }

    /// <summary>Length of a repetition. The bits must be filled.</summary>
    internal static int Length(int symbol, BitReader bits)
    {
        var code = symbol - FirstLength;
        if (code >= LengthCodes)
            throw new InvalidDataException("it has a length that does not exist.");
        return LengthBases[code] + Extra(bits, LengthBits[code]);
    }

    /// <summary>Distance of a repetition. The bits must be filled.</summary>
    internal static int Distance(int code, BitReader bits) => code < DistanceCodes
        ? DistanceBases[code] + Extra(bits, DistanceBits[code])
        : throw new InvalidDataException("it has a distance that does not exist.");

    private static int Extra(BitReader bits, int count)
    {
        var value = (int)(bits.Bits & ((1UL << count) - 1));
        bits.Drop(count);
        return value;
    }

    private static void ReadLengths(BitReader bits, HuffmanCode code, Span<byte> lengths)
    {
        for (var i = 0; i < lengths.Length;)
        {
            bits.Fill();
            var entry = code.Look(bits.Bits);
            bits.Drop(entry & 15);
            var symbol = entry >> 4;
            if (symbol < 16)
            {
                lengths[i++] = (byte)symbol;
                continue;
            }

            var times = symbol switch { 16 => 3 + bits.Take(2), 17 => 3 + bits.Take(3), _ => 11 + bits.Take(7) };
            if (times > lengths.Length - i || (symbol == 16 && i == 0))
                throw new InvalidDataException("its code table is too long.");
            lengths.Slice(i, times).Fill(symbol == 16 ? lengths[i - 1] : (byte)0);
            i += times;
        }
    }
}
