using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace SpectralEarth.Storage;

/// <summary>XXH3 (64 bit) checksums, written as 16 lower-case hexadecimal digits.</summary>
public static class Checksum
{
    /// <summary>Checksum of bytes in memory.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes) => XxHash3.HashToUInt64(bytes);

    /// <summary>Checksum of a stream from its current position to its end.</summary>
    public static ulong Of(Stream stream)
    {
        var hash = new XxHash3();
        hash.Append(stream);
        return hash.GetCurrentHashAsUInt64();
    }

    /// <summary>Checksum of a file's bytes.</summary>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static ulong OfFile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 1);
        return Of(stream);
    }

    /// <summary>Checksum of a text in UTF-8, in text form.</summary>
    public static string OfText(string text) => ToText(Of(Encoding.UTF8.GetBytes(text)));

    /// <summary>Text form of a checksum.</summary>
    public static string ToText(ulong checksum) => checksum.ToString("x16", CultureInfo.InvariantCulture);
}
