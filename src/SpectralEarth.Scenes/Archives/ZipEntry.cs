using System.Buffers.Binary;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Archives;

/// <summary>A file in a zip, as the directory describes it.</summary>
/// <param name="Name">Path in the archive.</param>
/// <param name="Method">0 stored, 8 Deflate; others cannot be read.</param>
/// <param name="IsEncrypted">True if a password is needed.</param>
/// <param name="Checksum">CRC-32 of the file.</param>
/// <param name="Length">Bytes of the file.</param>
/// <param name="PackedLength">Bytes in the archive.</param>
/// <param name="HeaderAt">Place of the header that stands before the bytes.</param>
internal sealed record ZipEntry(string Name, int Method, bool IsEncrypted, uint Checksum, long Length, long PackedLength, long HeaderAt)
{
    private const uint HeaderMark = 0x04034B50;
    private const int HeaderBytes = 30;
    private const int Stored = 0, Deflate = 8;

    /// <summary>Opens the file.</summary>
    /// <exception cref="SceneException">It cannot be read in place, is cut or an archive bomb.</exception>
    internal ByteSource Open(ByteSource zip)
    {
        if (IsEncrypted)
            throw zip.Error($"{Name} is encrypted; expected no password. Unpack it first.");
        if (Method is not (Stored or Deflate))
            throw zip.Error($"{Name} is packed by method {Method}; expected 0 (stored) or 8 (Deflate). Unpack it first.");
        Span<byte> header = stackalloc byte[HeaderBytes];
        zip.Read(HeaderAt, header, $"The header of {Name}");
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != HeaderMark)
            throw zip.Error($"{Name} has no header at byte {HeaderAt}. The file is damaged: fetch the archive again.");
        var offset = HeaderAt + HeaderBytes + BinaryPrimitives.ReadUInt16LittleEndian(header[26..]) + BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        if (PackedLength < 0 || Length < 0 || offset > zip.Length - PackedLength)
            throw zip.Truncated(Name, offset, PackedLength);
        if (Length / ArchiveLimits.DeflateRatio > PackedLength || !ArchiveLimits.Allow(PackedLength, Length) || (Method == Stored && Length != PackedLength))
            throw zip.Error($"{Name} is said to unpack from {PackedLength} to {Length} bytes: this is no product.");
        var file = Path.GetFileName(Name);
        return Method == Stored
            ? new PartSource(file, zip, offset, Length)
            : new InflatedSource(file, zip, new InflateIndex(zip, new PackedFile(offset, PackedLength, IsGzip: false, Length, Checksum)), Length);
    }
}
