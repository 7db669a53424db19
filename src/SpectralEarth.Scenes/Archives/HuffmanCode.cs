namespace SpectralEarth.Scenes.Archives;

/// <summary>A canonical Huffman code (RFC 1951, section 3.2.2): short codes by table, long ones bit by bit.</summary>
internal sealed class HuffmanCode
{
    /// <summary>Longest code, bits.</summary>
    internal const int MaximumLength = 15;

    private const int TableBits = 10;

    private readonly ushort[] table = new ushort[1 << TableBits]; // symbol * 16 + length, 0 for longer codes
    private readonly ushort[] counts = new ushort[MaximumLength + 1];
    private readonly ushort[] symbols;

    /// <param name="lengths">Length of each symbol's code, bits; 0 for symbols that do not occur.</param>
    /// <exception cref="InvalidDataException">There are more codes than bits can tell apart.</exception>
    internal HuffmanCode(ReadOnlySpan<byte> lengths)
    {
        symbols = new ushort[lengths.Length];
        foreach (var length in lengths)
            counts[length]++;
        counts[0] = 0;
        var (free, first) = (1, 0);
        Span<int> codes = stackalloc int[MaximumLength + 2];
        Span<int> places = stackalloc int[MaximumLength + 2];
        for (var length = 1; length <= MaximumLength; length++)
        {
            free = (free << 1) - counts[length];
            if (free < 0)
                throw new InvalidDataException("its code table contradicts itself.");
            codes[length] = first;
            first = (first + counts[length]) << 1;
            places[length + 1] = places[length] + counts[length];
        }

        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            if (lengths[symbol] is > 0 and var length)
            {
                symbols[places[length]++] = (ushort)symbol;
                Enter(symbol, length, codes[length]++);
            }
        }
    }

    /// <summary>Symbol * 16 + length of the code with which <paramref name="bits"/> begin, least significant first.</summary>
    /// <exception cref="InvalidDataException">No code begins so.</exception>
    internal int Look(ulong bits)
    {
        var entry = table[bits & ((1 << TableBits) - 1)];
        return entry != 0 ? entry : LookBitByBit(bits);
    }

    private void Enter(int symbol, int length, int code)
    {
        if (length > TableBits)
            return;
        var reversed = 0;
        for (var bit = 0; bit < length; bit++)
            reversed |= ((code >> bit) & 1) << (length - 1 - bit);
        for (var i = reversed; i < table.Length; i += 1 << length)
            table[i] = (ushort)((symbol << 4) | length);
    }

    private int LookBitByBit(ulong bits)
    {
        var (code, first, place) = (0, 0, 0);
        for (var length = 1; length <= MaximumLength; length++)
        {
            code |= (int)(bits & 1);
            bits >>= 1;
            int count = counts[length];
            if (code - count < first)
                return (symbols[place + code - first] << 4) | length;
            place += count;
            first = (first + count) << 1;
            code <<= 1;
        }

        throw new InvalidDataException("it has a code that its table does not name.");
    }
}
