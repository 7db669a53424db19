using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>
/// The first image directory of a classic or BigTIFF file in either byte order (TIFF 6.0, section 2; BigTIFF design
/// of 2004). Every size is checked against the file before memory is allocated. Later directories (overviews, masks)
/// are left alone.
/// </summary>
internal sealed class TiffDirectory
{
    private const int MaximumEntries = 4096;
    private const long MaximumFieldBytes = 64L << 20;

    private readonly ByteSource source;
    private readonly Dictionary<TiffTag, Field> fields = [];
    private readonly bool isBig;

    /// <exception cref="SceneException">Not a TIFF, or damaged.</exception>
    internal TiffDirectory(ByteSource source)
    {
        this.source = source;
        Span<byte> header = stackalloc byte[16];
        source.Read(0, header[..8], "The TIFF header");
        IsBigEndian = (header[0], header[1]) switch
        {
            ((byte)'I', (byte)'I') => false,
            ((byte)'M', (byte)'M') => true,
            _ => throw NotTiff(header),
        };
        isBig = UInt16(header[2..]) switch { 42 => false, 43 => true, _ => throw NotTiff(header) };
        if (isBig)
            source.Read(0, header, "The BigTIFF header");
        if (isBig && (UInt16(header[4..]) != 8 || UInt16(header[6..]) != 0))
            throw source.Error($"BigTIFF offsets have {UInt16(header[4..])} bytes; expected 8. The file is damaged.");
        ReadEntries(isBig ? (long)UInt64(header[8..]) : UInt32(header[4..]));
    }

    /// <summary>True if numbers are stored most significant byte first.</summary>
    internal bool IsBigEndian { get; }

    /// <summary>True if the directory has the tag.</summary>
    internal bool Has(TiffTag tag) => fields.ContainsKey(tag);

    /// <summary>The single integer of a tag, or <paramref name="fallback"/> if the tag is absent.</summary>
    internal long Integer(TiffTag tag, long? fallback = null)
    {
        if (!Has(tag))
            return fallback ?? throw source.Error($"tag {tag} is missing. The file is damaged or no image.");
        return Integers(tag, maximum: 1)[0];
    }

    /// <summary>The first values of a tag, at most <paramref name="maximum"/>.</summary>
    internal long[] Integers(TiffTag tag, long maximum)
    {
        var field = fields[tag];
        if (field.Type is not (1 or 3 or 4 or 6 or 8 or 9 or 13 or 16 or 17 or 18))
            throw source.Error($"tag {tag} has field type {field.Type}; expected an integer type.");
        var bytes = Bytes(tag, field, maximum);
        var size = SizeOf(field.Type);
        var values = new long[bytes.Length / size];
        for (var i = 0; i < values.Length; i++)
            values[i] = IntegerAt(bytes.AsSpan(i * size), field.Type);
        return values;
    }

    /// <summary>Values of a tag of doubles, or null if the tag is absent.</summary>
    internal double[]? Doubles(TiffTag tag)
    {
        if (!fields.TryGetValue(tag, out var field))
            return null;
        if (field.Type != 12)
            throw source.Error($"tag {tag} has field type {field.Type}; expected 12 (double).");
        var bytes = Bytes(tag, field, maximum: 4096);
        var values = new double[bytes.Length / 8];
        for (var i = 0; i < values.Length; i++)
            values[i] = BitConverter.UInt64BitsToDouble(UInt64(bytes.AsSpan(i * 8)));
        return values;
    }

    /// <summary>Text of a tag without its end mark, or null if the tag is absent.</summary>
    internal string? Text(TiffTag tag)
    {
        if (!fields.TryGetValue(tag, out var field))
            return null;
        if (field.Type != 2)
            throw source.Error($"tag {tag} has field type {field.Type}; expected 2 (text).");
        return Encoding.Latin1.GetString(Bytes(tag, field, maximum: 1 << 20)).TrimEnd('\0').Trim();
    }

    private void ReadEntries(long offset)
    {
        var (countBytes, entryBytes) = isBig ? (8, 20) : (2, 12);
        Span<byte> start = stackalloc byte[countBytes];
        source.Read(offset, start, "The image directory");
        var count = isBig ? UInt64(start) : UInt16(start);
        if (count is 0 or > MaximumEntries)
            throw source.Error($"the image directory has {count} entries; expected 1 to {MaximumEntries}. The file is damaged.");
        var entries = new byte[(int)count * entryBytes];
        source.Read(offset + countBytes, entries, "The image directory");
        for (var i = 0; i < (int)count; i++)
        {
            var entry = entries.AsSpan(i * entryBytes, entryBytes);
            var field = new Field(UInt16(entry[2..]), isBig ? UInt64(entry[4..]) : UInt32(entry[4..]), entry[(isBig ? 12 : 8)..].ToArray());
            fields.TryAdd((TiffTag)UInt16(entry), field);
        }
    }

    private byte[] Bytes(TiffTag tag, Field field, long maximum)
    {
        if (field.Count == 0)
            throw source.Error($"tag {tag} is empty. The file is damaged.");
        var length = (long)Math.Min(field.Count, (ulong)maximum) * SizeOf(field.Type);
        if (length > MaximumFieldBytes)
            throw source.Error($"tag {tag} has {field.Count} values; the limit is {MaximumFieldBytes / SizeOf(field.Type)}.");
        // The whole field decides whether its values stand in the entry or elsewhere, however many are asked for.
        if (field.Count <= (ulong)(field.Inline.Length / SizeOf(field.Type)))
            return field.Inline[..(int)length];
        var offset = isBig ? (long)UInt64(field.Inline) : UInt32(field.Inline);
        if (offset < 0 || offset > source.Length - length)
            throw source.Truncated($"Tag {tag}", offset, length);
        var bytes = new byte[length];
        source.Read(offset, bytes, $"Tag {tag}");
        return bytes;
    }

    private int SizeOf(int type) => type switch
    {
        1 or 2 or 6 or 7 => 1,
        3 or 8 => 2,
        4 or 9 or 11 or 13 => 4,
        5 or 10 or 12 or 16 or 17 or 18 => 8,
        _ => throw source.Error($"a field has the unknown type {type}. The file is damaged."),
    };

    private long IntegerAt(ReadOnlySpan<byte> bytes, int type) => type switch
    {
        1 => bytes[0],
        6 => (sbyte)bytes[0],
        3 => UInt16(bytes),
        8 => (short)UInt16(bytes),
        9 => (int)UInt32(bytes),
        4 or 13 => UInt32(bytes),
        _ => (long)UInt64(bytes),
    };

    private SceneException NotTiff(ReadOnlySpan<byte> header) => source.Error(string.Create(CultureInfo.InvariantCulture,
        $"begins with bytes {header[0]:X2} {header[1]:X2} {header[2]:X2} {header[3]:X2}; a TIFF begins with II or MM and 42 or 43. ") +
        "The file is damaged or of another format.");

    private ushort UInt16(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private uint UInt32(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private ulong UInt64(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    private readonly record struct Field(ushort Type, ulong Count, byte[] Inline);
}
