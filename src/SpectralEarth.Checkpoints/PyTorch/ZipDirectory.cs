using System.Buffers.Binary;
using System.Text;

namespace SpectralEarth.Checkpoints.PyTorch;

/// <summary>A stored entry of a zip file.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Bytes">Length.</param>
/// <param name="Crc32">Its CRC-32; 0 where the writer left it out.</param>
internal readonly record struct ZipEntry(long Offset, long Bytes, uint Crc32);

/// <summary>
/// Entries of a zip file (APPNOTE.TXT 6.3.10, sections 4.3 and 4.4) with the places of their bytes; stored entries only, as
/// <c>torch.save</c> writes them, Zip64 included.
/// </summary>
internal sealed class ZipDirectory
{
    private const int EndLength = 22, LocatorLength = 20, End64Length = 56, EntryLength = 46, LocalLength = 30;
    private const int MostBytes = 1 << 26;

    private readonly Dictionary<string, ZipEntry> entries = new(StringComparer.Ordinal);
    private readonly MappedFile file;

    private ZipDirectory(MappedFile file) => this.file = file;

    /// <summary>Entries by name.</summary>
    internal IReadOnlyDictionary<string, ZipEntry> Entries => entries;

    /// <summary>Reads the directory at the end of the file.</summary>
    /// <exception cref="CheckpointException">It is broken, or an entry is compressed or encrypted.</exception>
    internal static ZipDirectory Read(MappedFile file)
    {
        var zip = new ZipDirectory(file);
        var (offset, bytes, count) = zip.FindDirectory();
        if (bytes < 0 || offset < 0 || bytes > MostBytes || offset > file.Length - bytes || count > bytes / EntryLength)
            throw zip.Broken(file.Length, $"the directory of {count} entries and {bytes} bytes at byte {offset} does not fit the file of {file.Length}");
        file.Look(offset, (int)bytes, directory => zip.ReadEntries(directory, offset, count));
        return zip;
    }

    private (long Offset, long Bytes, long Count) FindDirectory()
    {
        var tail = (int)Math.Min(file.Length, EndLength + ushort.MaxValue);
        var end = file.Look(file.Length - tail, tail, bytes => bytes.LastIndexOf("PK\x05\x06"u8));
        if (end < 0 || end + EndLength > tail)
            throw Broken(file.Length, "there is no end of a zip directory; the file is cut");
        var at = file.Length - tail + end;
        var record = Bytes(at, EndLength);
        var (count, length, offset) = (U16(record, 10), U32(record, 12), U32(record, 16));
        if (count != ushort.MaxValue && length != uint.MaxValue && offset != uint.MaxValue)
            return (offset, length, count);
        var locator = at >= LocatorLength ? Bytes(at - LocatorLength, LocatorLength) : [];
        if (!locator.AsSpan().StartsWith("PK\x06\x07"u8))
            throw Broken(at, "the Zip64 locator is missing");
        var place = I64(locator, 8);
        if (place < 0 || place > file.Length - End64Length || Bytes(place, End64Length) is var end64 && !end64.AsSpan().StartsWith("PK\x06\x06"u8))
            throw Broken(at - LocatorLength, $"there is no Zip64 directory end at byte {place}");
        end64 = Bytes(place, End64Length);
        return (I64(end64, 48), I64(end64, 40), I64(end64, 32));
    }

    private bool ReadEntries(ReadOnlySpan<byte> directory, long start, long count)
    {
        var position = 0;
        for (var i = 0L; i < count; i++)
        {
            var at = start + position;
            var entry = directory[position..];
            if (entry.Length < EntryLength || !entry.StartsWith("PK\x01\x02"u8))
                throw Broken(at, "there is no directory entry");
            var (nameLength, extraLength) = (U16(entry, 28), U16(entry, 30));
            var length = EntryLength + nameLength + extraLength + U16(entry, 32);
            if (entry.Length < length)
                throw Broken(at, "a directory entry is longer than the directory");
            var name = Encoding.UTF8.GetString(entry.Slice(EntryLength, nameLength));
            if ((U16(entry, 8) & 1) != 0 || U16(entry, 10) != 0)
                throw Broken(at, $"entry \"{name}\" is compressed or encrypted, but torch.save stores entries as they are");
            var (bytes, place) = Sizes(entry, name, at, entry.Slice(EntryLength + nameLength, extraLength));
            if (!entries.TryAdd(name, new ZipEntry(DataStart(name, place, bytes), bytes, U32(entry, 16))))
                throw Broken(at, $"entry \"{name}\" occurs twice");
            position += length;
        }

        return true;
    }

    /// <summary>Length and place of an entry; where 32 bits are too few they stand in the Zip64 extra field.</summary>
    private (long Bytes, long Place) Sizes(ReadOnlySpan<byte> entry, string name, long at, ReadOnlySpan<byte> extra)
    {
        long bytes = U32(entry, 24), stored = U32(entry, 20), place = U32(entry, 42);
        while (extra.Length >= 4)
        {
            var (tag, size) = (U16(extra, 0), U16(extra, 2));
            if (size > extra.Length - 4)
                throw Broken(at, $"the extra field of entry \"{name}\" is longer than its room");
            var field = extra.Slice(4, size);
            foreach (var which in tag == 1 ? [0, 1, 2] : Array.Empty<int>())
            {
                ref var value = ref which == 0 ? ref bytes : ref which == 1 ? ref stored : ref place;
                if (value != uint.MaxValue || field.Length < 8)
                    continue;
                value = I64(field, 0);
                field = field[8..];
            }

            extra = extra[(4 + size)..];
        }

        if (bytes != stored || bytes < 0 || place < 0)
            throw Broken(at, $"entry \"{name}\" of {bytes} bytes is stored in {stored} at byte {place}");
        return (bytes, place);
    }

    private long DataStart(string name, long place, long bytes)
    {
        if (place > file.Length - LocalLength || Bytes(place, LocalLength) is var local && !local.AsSpan().StartsWith("PK\x03\x04"u8))
            throw Broken(place, $"there is no header of entry \"{name}\"");
        local = Bytes(place, LocalLength);
        var start = place + LocalLength + U16(local, 26) + U16(local, 28);
        return start <= file.Length - bytes ? start : throw Broken(place, $"entry \"{name}\" of {bytes} bytes reaches beyond the end of the file");
    }

    private byte[] Bytes(long offset, int count) => file.Look(offset, count, bytes => bytes.ToArray());

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private CheckpointException Broken(long offset, string fault) =>
        new($"{file.Path}: at byte {offset}: {fault}. The file is damaged or was not written by torch.save: fetch or write it again.");
}
