using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace SpectralEarth.Checkpoints.PyTorch;

/// <summary>
/// Writes a zip file of stored entries whose bytes begin at multiples of 64, as <c>torch.save</c> does, so that they can be
/// mapped into memory (APPNOTE.TXT 6.3.10); Zip64 where 32 bits are too few. Times are the earliest that zip knows.
/// </summary>
internal sealed class ZipWriter(Stream stream)
{
    private const int Alignment = 64, LocalLength = 30, Zip64Length = 20;
    private const ushort Utf8 = 1 << 11, Version = 45, FirstDay = (1 << 5) | 1, Zip64 = 1, Padding = 0x4246;

    private readonly ArrayBufferWriter<byte> directory = new();
    private long count;

    /// <summary>Something that takes the next bytes of an entry.</summary>
    internal delegate void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Adds an entry.</summary>
    internal void Add(string name, byte[] bytes) => Add(name, append => append(bytes));

    /// <summary>Adds an entry whose bytes <paramref name="write"/> appends one part after the other.</summary>
    internal void Add(string name, Action<Append> write)
    {
        var (start, utf8) = (stream.Position, Encoding.UTF8.GetBytes(name));
        var fixedLength = LocalLength + utf8.Length + Zip64Length + 4;
        var padding = (int)(-(start + fixedLength) & (Alignment - 1));
        var header = new byte[fixedLength + padding];
        stream.Write(header);
        var (crc, bytes) = (new Crc32(), 0L);
        write(part =>
        {
            stream.Write(part);
            crc.Append(part);
            bytes += part.Length;
        });

        var end = stream.Position;
        stream.Position = start;
        stream.Write(Local(header, utf8, crc.GetCurrentHashAsUInt32(), bytes, padding));
        stream.Position = end;
        directory.Write(Entry(utf8, crc.GetCurrentHashAsUInt32(), bytes, start));
        count++;
    }

    /// <summary>Writes the directory.</summary>
    internal void Finish()
    {
        var start = stream.Position;
        stream.Write(directory.WrittenSpan);
        var end = stream.Position;
        Span<byte> end64 = stackalloc byte[56 + 20 + 22];
        end64.Clear();
        "PK\x06\x06"u8.CopyTo(end64);
        Put(end64, 4, 44L);
        Put(end64, 12, Version);
        Put(end64, 14, Version);
        Put(end64, 24, count);
        Put(end64, 32, count);
        Put(end64, 40, end - start);
        Put(end64, 48, start);
        var locator = end64[56..];
        "PK\x06\x07"u8.CopyTo(locator);
        Put(locator, 8, end);
        Put(locator, 16, 1u);
        var last = locator[20..];
        "PK\x05\x06"u8.CopyTo(last);
        Put(last, 8, (ushort)Math.Min(count, ushort.MaxValue));
        Put(last, 10, (ushort)Math.Min(count, ushort.MaxValue));
        Put(last, 12, Short(end - start));
        Put(last, 16, Short(start));
        stream.Write(end64);
    }

    private static byte[] Local(byte[] header, byte[] name, uint crc, long bytes, int padding)
    {
        var span = header.AsSpan();
        "PK\x03\x04"u8.CopyTo(span);
        Common(span[4..], crc, name.Length, extra: Zip64Length + 4 + padding);
        name.CopyTo(span[LocalLength..]);
        var extra = span[(LocalLength + name.Length)..];
        Put(extra, 0, Zip64);
        Put(extra, 2, (ushort)(Zip64Length - 4));
        Put(extra, 4, bytes);
        Put(extra, 12, bytes);
        Put(extra, 20, Padding);
        Put(extra, 22, (ushort)padding);
        return header;
    }

    private static byte[] Entry(byte[] name, uint crc, long bytes, long place)
    {
        const int fixedLength = 46, extraLength = 28;
        var entry = new byte[fixedLength + name.Length + extraLength];
        var span = entry.AsSpan();
        "PK\x01\x02"u8.CopyTo(span);
        Put(span, 4, Version);
        Common(span[6..], crc, name.Length, extraLength);
        Put(span, 42, uint.MaxValue);
        name.CopyTo(span[fixedLength..]);
        var extra = span[(fixedLength + name.Length)..];
        Put(extra, 0, Zip64);
        Put(extra, 2, (ushort)(extraLength - 4));
        Put(extra, 4, bytes);
        Put(extra, 12, bytes);
        Put(extra, 20, place);
        return entry;
    }

    /// <summary>The fields that an entry's own header and the directory share; sizes stand in the Zip64 field.</summary>
    private static void Common(Span<byte> span, uint crc, int name, int extra)
    {
        Put(span, 0, Version);
        Put(span, 2, Utf8);
        Put(span, 8, FirstDay);
        Put(span, 10, crc);
        Put(span, 14, uint.MaxValue);
        Put(span, 18, uint.MaxValue);
        Put(span, 22, (ushort)name);
        Put(span, 24, (ushort)extra);
    }

    private static uint Short(long value) => (uint)Math.Min(value, uint.MaxValue);

    private static void Put(Span<byte> span, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(span[at..], value);

    private static void Put(Span<byte> span, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(span[at..], value);

    private static void Put(Span<byte> span, int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(span[at..], value);
}
