using System.Buffers.Binary;
using System.Text;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Archives;

/// <summary>The directory at the end of a zip file (APPNOTE.TXT 6.3, sections 4.3.12 to 4.3.16), with Zip64.</summary>
internal static class ZipDirectory
{
    private const uint EndMark = 0x06054B50, Locator64Mark = 0x07064B50, End64Mark = 0x06064B50, EntryMark = 0x02014B50;
    private const int EndBytes = 22, Locator64Bytes = 20, End64Bytes = 56, EntryBytes = 46, MaximumComment = ushort.MaxValue;

    /// <summary>Lists the files of a zip.</summary>
    /// <exception cref="SceneException">Not a zip, cut, or beyond the limits.</exception>
    internal static IReadOnlyList<ZipEntry> Read(ByteSource zip)
    {
        var (offset, length, count) = Place(zip);
        if (count > ArchiveLimits.Entries || length > ArchiveLimits.DirectoryBytes)
            throw zip.Error($"lists {count} files in {length} bytes; the limits are {ArchiveLimits.Entries} and {ArchiveLimits.DirectoryBytes}. Unpack it first.");
        if (count * EntryBytes > length)
            throw zip.Error($"lists {count} files in {length} bytes, which is too short. The file is damaged.");
        if (offset < 0 || length < 0 || offset > zip.Length - length)
            throw zip.Truncated("The zip directory", offset, length);
        var directory = new byte[length];
        zip.Read(offset, directory, "The zip directory");
        var entries = new List<ZipEntry>();
        var rest = directory.AsSpan();
        for (var i = 0L; i < count; i++)
        {
            var entry = ReadEntry(zip, ref rest);
            if (!entry.Name.EndsWith('/'))
                entries.Add(entry);
        }

        return entries;
    }

    private static (long Offset, long Length, long Count) Place(ByteSource zip)
    {
        var tail = new byte[Math.Min(zip.Length, EndBytes + MaximumComment)];
        zip.Read(zip.Length - tail.Length, tail, "The end of the zip");
        for (var at = tail.Length - EndBytes; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            if (UInt32(end) != EndMark || at + EndBytes + UInt16(end[20..]) != tail.Length)
                continue;
            if (UInt16(end[4..]) != UInt16(end[6..]))
                throw zip.Error("is a part of a divided zip; expected a whole one. Join the parts first.");
            var (offset, length, count) = ((long)UInt32(end[16..]), (long)UInt32(end[12..]), (long)UInt16(end[10..]));
            return offset == uint.MaxValue || length == uint.MaxValue || count == ushort.MaxValue
                ? Place64(zip, zip.Length - tail.Length + at - Locator64Bytes)
                : (offset, length, count);
        }

        throw zip.Error("has no zip directory at its end. The download may be cut: fetch the archive again.");
    }

    private static (long Offset, long Length, long Count) Place64(ByteSource zip, long locatorAt)
    {
        Span<byte> locator = stackalloc byte[Locator64Bytes];
        zip.Read(locatorAt, locator, "The Zip64 locator");
        Span<byte> end = stackalloc byte[End64Bytes];
        if (UInt32(locator) == Locator64Mark)
            zip.Read(Int64(locator[8..]), end, "The Zip64 directory end");
        return UInt32(end) == End64Mark
            ? (Int64(end[48..]), Int64(end[40..]), Int64(end[32..]))
            : throw zip.Error("has no Zip64 directory although it needs one. The file is damaged.");
    }

    private static ZipEntry ReadEntry(ByteSource zip, ref Span<byte> rest)
    {
        if (rest.Length < EntryBytes || UInt32(rest) != EntryMark)
            throw Damaged(zip);
        var (name, extra, comment) = (UInt16(rest[28..]), UInt16(rest[30..]), UInt16(rest[32..]));
        if (rest.Length < EntryBytes + name + extra + comment)
            throw Damaged(zip);
        var flags = UInt16(rest[8..]);
        var text = (flags & 0x800) != 0 ? Encoding.UTF8 : Encoding.Latin1;
        long[] sizes = [UInt32(rest[24..]), UInt32(rest[20..]), UInt32(rest[42..])];
        Widen(zip, sizes, rest.Slice(EntryBytes + name, extra));
        var entry = new ZipEntry(text.GetString(rest.Slice(EntryBytes, name)), UInt16(rest[10..]), IsEncrypted: (flags & 1) != 0,
            Checksum: UInt32(rest[16..]), Length: sizes[0], PackedLength: sizes[1], HeaderAt: sizes[2]);
        rest = rest[(EntryBytes + name + extra + comment)..];
        return entry;
    }

    /// <summary>Sizes that do not fit into 32 bits stand in an extra field, in this order (section 4.5.3).</summary>
    private static void Widen(ByteSource zip, long[] sizes, ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            var (kind, length) = (UInt16(extra), UInt16(extra[2..]));
            if (length > extra.Length - 4)
                return; // some writers pad the extra field
            var field = extra.Slice(4, length);
            extra = extra[(4 + length)..];
            for (var i = 0; kind == 1 && i < sizes.Length; i++)
            {
                if (sizes[i] != uint.MaxValue)
                    continue;
                if (field.Length < 8)
                    throw Damaged(zip);
                sizes[i] = Int64(field);
                field = field[8..];
            }
        }
    }

    private static SceneException Damaged(ByteSource zip) => zip.Error("the zip directory is damaged. Fetch the archive again.");

    private static ushort UInt16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static long Int64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes);
}
