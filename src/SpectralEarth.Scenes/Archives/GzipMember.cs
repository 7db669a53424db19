using System.IO.Hashing;

namespace SpectralEarth.Scenes.Archives;

/// <summary>What surrounds the packed bytes of a gzip file (RFC 1952, section 2.3).</summary>
internal static class GzipMember
{
    private const int HeaderChecksum = 2, Extra = 4, Name = 8, Comment = 16, Reserved = 0xE0;
    private const int MaximumText = 1 << 16;

    /// <summary>Reads a header.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    internal static void ReadHeader(BitReader bits)
    {
        if (bits.Take(16) != 0x8B1F || bits.Take(8) != 8)
            throw new InvalidDataException("it does not begin like a gzip file.");
        var flags = bits.Take(8);
        if ((flags & Reserved) != 0)
            throw new InvalidDataException("its gzip header has unknown flags.");
        bits.Take(32); // time
        bits.Take(16); // level and system
        if ((flags & Extra) != 0)
        {
            for (var left = bits.Take(16); left > 0; left--)
                bits.Take(8);
        }

        if ((flags & Name) != 0)
            SkipText(bits);
        if ((flags & Comment) != 0)
            SkipText(bits);
        if ((flags & HeaderChecksum) != 0)
            bits.Take(16);
    }

    /// <summary>Reads the end of a member and compares the checksum, where one was taken.</summary>
    /// <exception cref="InvalidDataException">It differs.</exception>
    internal static void ReadTrailer(BitReader bits, Crc32? checksum)
    {
        bits.Align();
        var stated = (uint)bits.Take(32);
        bits.Take(32); // length modulo 2^32, which the checksum covers
        if (checksum is null)
            return;
        var found = checksum.GetCurrentHashAsUInt32();
        checksum.Reset();
        if (found != stated)
            throw new InvalidDataException($"its checksum is {found:X8}; expected {stated:X8}.");
    }

    /// <summary>True if another member follows. Zeros may fill the file.</summary>
    /// <exception cref="InvalidDataException">Something else follows.</exception>
    internal static bool HasNext(BitReader bits)
    {
        bits.Fill();
        if ((bits.Bits & 0xFFFF) == 0x8B1F)
            return true;
        while (!bits.IsAtEnd)
        {
            if (bits.Take(8) != 0)
                throw new InvalidDataException("something follows its end.");
        }

        return false;
    }

    private static void SkipText(BitReader bits)
    {
        for (var length = 0; bits.Take(8) != 0; length++)
        {
            if (length > MaximumText)
                throw new InvalidDataException("its gzip header does not end.");
        }
    }
}
