using System.Globalization;
using System.Text;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Archives;

/// <summary>
/// The files of a tar: ustar and pax (POSIX.1-2017, pax) and GNU's long names. A hard link
/// is the file of the archive that it names; other links and devices are passed over, so nothing outside the archive is ever read.
/// </summary>
internal static class TarDirectory
{
    private const int Block = 512, MaximumText = 1 << 16;
    private const char HardLink = '1';

    /// <summary>Lists the files.</summary>
    /// <exception cref="SceneException">Not a tar, cut, or beyond the limits.</exception>
    internal static IReadOnlyList<TarEntry> Read(ByteSource tar)
    {
        var entries = new List<TarEntry>();
        var files = new Dictionary<string, TarEntry>(StringComparer.Ordinal);
        var header = new byte[Block];
        var (longName, longSize, longLink) = ((string?)null, (long?)null, (string?)null);
        var count = 0;
        for (var at = 0L; at < tar.Length;)
        {
            tar.Read(at, header, "A tar header");
            if (!header.AsSpan().ContainsAnyExcept((byte)0))
                break;
            CheckSum(tar, header, at);
            if (++count > ArchiveLimits.Entries)
                throw tar.Error($"has more than {ArchiveLimits.Entries} entries. Unpack it first.");
            var kind = (char)header[156];
            var length = longSize is { } wide && IsFile(kind) ? wide : Number(tar, header.AsSpan(124, 12), at);
            if (length < 0 || at + Block > tar.Length - length)
                throw tar.Truncated("A tar entry", at + Block, length);
            switch (kind)
            {
                case 'L':
                    longName = Text(tar, at + Block, length).TrimEnd('\0');
                    break;
                case 'K':
                    longLink = Text(tar, at + Block, length).TrimEnd('\0');
                    break;
                case 'x':
                    (longName, longSize, longLink) = Extended(tar, Text(tar, at + Block, length));
                    break;
                default:
                    var name = longName ?? Name(header);
                    if (IsFile(kind))
                        entries.Add(files[name] = new TarEntry(name, at + Block, length));
                    else if (kind == HardLink && files.TryGetValue(longLink ?? Upto0(header.AsSpan(157, 100)), out var file))
                        entries.Add(file with { Name = name });
                    (longName, longSize, longLink) = (null, null, null);
                    break;
            }

            at += Block + ((length + Block - 1) / Block * Block);
        }

        return entries;
    }

    private static bool IsFile(char kind) => kind is '0' or '\0' or '7';

    /// <summary>Sum of the header's bytes, with spaces in place of the sum.</summary>
    private static void CheckSum(ByteSource tar, byte[] header, long at)
    {
        var sum = 8 * ' ';
        for (var i = 0; i < Block; i++)
            sum += i is >= 148 and < 156 ? 0 : header[i];
        if (Number(tar, header.AsSpan(148, 8), at) != sum)
            throw tar.Error($"the tar header at byte {at} is damaged. Fetch the archive again.");
    }

    /// <summary>Octal digits, or, with the highest bit set, a binary number (GNU).</summary>
    private static long Number(ByteSource tar, ReadOnlySpan<byte> field, long at)
    {
        var value = 0L;
        if ((field[0] & 0x80) != 0)
        {
            for (var i = 1; i < field.Length; i++)
                value = (value << 8) | field[i];
            return value;
        }

        foreach (var digit in field)
        {
            if (digit is (byte)' ' or 0)
                continue;
            if (digit is < (byte)'0' or > (byte)'7')
                throw tar.Error($"the tar header at byte {at} is damaged. Fetch the archive again.");
            value = (value << 3) | (uint)(digit - '0');
        }

        return value;
    }

    private static string Name(byte[] header)
    {
        var name = Upto0(header.AsSpan(0, 100));
        var isPosix = header.AsSpan(257, 6).SequenceEqual("ustar\0"u8);
        return isPosix && header[345] != 0 ? $"{Upto0(header.AsSpan(345, 155))}/{name}" : name;
    }

    private static string Upto0(ReadOnlySpan<byte> field) =>
        Encoding.UTF8.GetString(field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field);

    private static string Text(ByteSource tar, long at, long length)
    {
        if (length > MaximumText)
            throw tar.Error($"a tar name has {length} bytes; the limit is {MaximumText}. The file is damaged.");
        var bytes = new byte[length];
        tar.Read(at, bytes, "A tar name");
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Lines "length key=value"; a value may hold line ends, which names of products do not.</summary>
    private static (string? Name, long? Length, string? Link) Extended(ByteSource tar, string text)
    {
        var (name, length, link) = ((string?)null, (long?)null, (string?)null);
        foreach (var line in text.Split('\n'))
        {
            var pair = line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..];
            if (pair.StartsWith("path=", StringComparison.Ordinal))
                name = pair["path=".Length..];
            if (pair.StartsWith("linkpath=", StringComparison.Ordinal))
                link = pair["linkpath=".Length..];
            if (pair.StartsWith("size=", StringComparison.Ordinal))
                length = long.TryParse(pair["size=".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : throw tar.Error($"a tar entry has the length '{pair}'. The file is damaged.");
        }

        return (name, length, link);
    }
}

/// <summary>A file in a tar.</summary>
/// <param name="Name">Path in the archive.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes.</param>
internal sealed record TarEntry(string Name, long Offset, long Length)
{
    /// <summary>Opens the file.</summary>
    internal ByteSource Open(ByteSource tar) => new PartSource(Path.GetFileName(Name), tar, Offset, Length);
}
