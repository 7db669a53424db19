using BitMiracle.LibTiff.Classic;
using LibTiff = BitMiracle.LibTiff.Classic.Tiff;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>
/// Decodes PackBits and old-form LZW blocks through LibTiff.NET, the standard decoder. Each block is handed over as a TIFF of its own in memory (one
/// strip of bytes), so LibTiff.NET never parses a foreign directory and several blocks decode at once.
/// </summary>
internal static class StandardDecoder
{
    /// <summary>Decodes <paramref name="stored"/> into <paramref name="samples"/>.</summary>
    /// <returns>Bytes that were decoded, less than <paramref name="needed"/> if the block is damaged.</returns>
    /// <exception cref="InvalidDataException">The block is damaged.</exception>
    internal static int Decode(ReadOnlySpan<byte> stored, TiffCompression compression, byte[] samples, int needed)
    {
        using var file = new MemoryStream(OneStripTiff(stored, compression, needed), writable: false);
        try
        {
            LibTiffMessages.Clear();
            using var tiff = LibTiff.ClientOpen("block", "rm", file, new TiffStream()) ??
                throw new InvalidDataException($"LibTiff.NET refuses it: {LibTiffMessages.Last}.");
            var decoded = tiff.ReadEncodedStrip(0, samples, 0, needed);
            return decoded >= 0 ? decoded : throw new InvalidDataException($"LibTiff.NET cannot decode it: {LibTiffMessages.Last}");
        }
        catch (Exception cause) when (cause is IndexOutOfRangeException or ArgumentException or NullReferenceException or ArithmeticException)
        {
            // LibTiff.NET's decoders run over their tables on damaged data.
            throw new InvalidDataException($"LibTiff.NET cannot decode it: {cause.Message}", cause);
        }
    }

    private static byte[] OneStripTiff(ReadOnlySpan<byte> stored, TiffCompression compression, int decodedBytes)
    {
        (TiffTag Tag, int Value)[] entries =
        [
            (TiffTag.ImageWidth, decodedBytes),
            (TiffTag.ImageLength, 1),
            (TiffTag.BitsPerSample, 8),
            (TiffTag.Compression, (int)compression),
            ((TiffTag)262, 1), // PhotometricInterpretation: black is zero
            (TiffTag.StripOffsets, 8),
            (TiffTag.SamplesPerPixel, 1),
            (TiffTag.RowsPerStrip, 1),
            (TiffTag.StripByteCounts, stored.Length),
        ];
        var directory = 8 + stored.Length + (stored.Length & 1);
        using var file = new MemoryStream(directory + 6 + (12 * entries.Length));
        using var writer = new BinaryWriter(file);
        writer.Write("II*\0"u8);
        writer.Write(directory);
        writer.Write(stored);
        file.Position = directory;
        writer.Write((short)entries.Length);
        foreach (var (tag, value) in entries)
        {
            writer.Write((ushort)tag);
            writer.Write((ushort)4); // LONG
            writer.Write(1);
            writer.Write(value);
        }

        writer.Write(0);
        return file.GetBuffer();
    }
}
