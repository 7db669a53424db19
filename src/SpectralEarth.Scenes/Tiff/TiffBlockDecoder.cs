using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using SpectralEarth.Scenes.Sources;
using ZstdSharp;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>
/// Turns stored blocks into samples in the machine's byte order: decompression, byte order, predictor. Deflate, LZW and
/// Zstd, which fill archives, are decoded here; what is rare goes through <see cref="StandardDecoder"/>. Thread-safe.
/// </summary>
internal sealed class TiffBlockDecoder(ByteSource source, TiffLayout layout)
{
    /// <summary>No coder makes a block this much larger than its samples: what lies beyond is not its data.</summary>
    private const int CoderOverheadBytes = 1 << 16;

    /// <summary>Bytes that the memory of a decoded block needs: those of the block, and room for a decoder that writes whole words.</summary>
    internal int MemoryBytes => layout.BlockBytes + (layout.Compression == TiffCompression.Lzw ? LzwDecoder.Slack : 0);

    /// <summary>Decodes a block that is not sparse into the first of <see cref="MemoryBytes"/>.</summary>
    /// <exception cref="SceneException">The block is damaged.</exception>
    internal void Decode(in TiffBlock block, byte[] samples)
    {
        var name = $"The block at row {block.FirstRow}, column {block.FirstColumn}";
        var needed = (int)(block.Rows * layout.StoredRowBytes);
        if (layout.Compression == TiffCompression.None)
            source.Read(block.Offset, samples.AsSpan(0, needed), name);
        else
            Decompress(block, samples, needed, name);
        if (layout.IsBigEndian == BitConverter.IsLittleEndian)
            ReverseBytes(samples.AsSpan(0, needed));
        if (layout.HasPredictor)
            HorizontalPredictor.Undo(samples.AsSpan(0, needed), (int)layout.RowBytes, layout.SamplesPerPixel, layout.SampleBytes);
        if (layout.HasBits)
            Unpack(samples, block.Rows, (int)layout.RowBytes, (int)layout.StoredRowBytes);
    }

    private void Decompress(in TiffBlock block, byte[] samples, int needed, string name)
    {
        var length = (int)Math.Min(block.Length, (2L * layout.BlockBytes) + CoderOverheadBytes);
        var stored = BlockMemory.Take(length + LzwDecoder.Slack);
        try
        {
            source.Read(block.Offset, stored.AsSpan(0, length), name);
            var decoded = layout.Compression switch
            {
                TiffCompression.Deflate or TiffCompression.DeflateOld => Inflate(stored, length, samples, needed),
                TiffCompression.Zstd => Unwrap(stored.AsSpan(0, length), samples),
                TiffCompression.Lzw when !LzwDecoder.IsOldForm(stored.AsSpan(0, length)) => LzwDecoder.Decode(stored, length, samples, needed),
                _ => StandardDecoder.Decode(stored.AsSpan(0, length), layout.Compression, samples, needed),
            };
            if (decoded < needed)
                throw Damaged(name, $"it decodes to {decoded} bytes; expected {needed}.");
        }
        catch (Exception cause) when (cause is InvalidDataException or ZstdException)
        {
            throw Damaged(name, cause.Message, cause);
        }
        finally
        {
            BlockMemory.Give(stored);
        }
    }

    private SceneException Damaged(string name, string reason, Exception? cause = null) =>
        source.Error($"{name} is damaged: {reason.TrimEnd('.')}. The download may be cut: fetch the product again.", cause);

    private static int Inflate(byte[] stored, int length, byte[] samples, int needed)
    {
        using var stream = new ZLibStream(new MemoryStream(stored, 0, length, writable: false), CompressionMode.Decompress);
        try
        {
            return stream.ReadAtLeast(samples.AsSpan(0, needed), needed, throwOnEndOfStream: false);
        }
        catch (Exception cause) when (cause is IOException or InvalidDataException)
        {
            // No file is read here: the runtime has an exception of its own for what zlib seldom finds, such as a preset dictionary,
            // and calls all else a method of an archive.
            throw new InvalidDataException("its compressed bytes are wrong.", cause);
        }
    }

    private int Unwrap(ReadOnlySpan<byte> stored, byte[] samples)
    {
        using var decompressor = new Decompressor();
        return decompressor.Unwrap(stored, samples.AsSpan(0, layout.BlockBytes));
    }

    /// <summary>Makes a byte of every bit, from the end: no bit is overwritten before it is read.</summary>
    private static void Unpack(byte[] samples, int rows, int rowBytes, int storedRowBytes)
    {
        for (var row = rows - 1; row >= 0; row--)
        {
            for (var i = rowBytes - 1; i >= 0; i--)
                samples[(row * rowBytes) + i] = (byte)(samples[(row * storedRowBytes) + (i / 8)] >> (7 - (i % 8)) & 1);
        }
    }

    private void ReverseBytes(Span<byte> bytes)
    {
        if (layout.SampleBytes == 2)
        {
            var samples = MemoryMarshal.Cast<byte, short>(bytes);
            BinaryPrimitives.ReverseEndianness(samples, samples);
        }
        else if (layout.SampleBytes == 4)
        {
            var samples = MemoryMarshal.Cast<byte, int>(bytes);
            BinaryPrimitives.ReverseEndianness(samples, samples);
        }
        else if (layout.SampleBytes == 8)
        {
            var samples = MemoryMarshal.Cast<byte, long>(bytes);
            BinaryPrimitives.ReverseEndianness(samples, samples);
        }
    }
}
