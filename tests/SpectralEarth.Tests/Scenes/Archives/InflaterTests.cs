using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using SpectralEarth.Randomness;
using SpectralEarth.Scenes.Archives;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Tests.Scenes.Archives;

/// <summary>Whatever lies at the end of a reader's buffer, what is unpacked equals what the runtime unpacks.</summary>
public sealed class InflaterTests
{
    private const int BufferBytes = 1 << 16;

    /// <summary>Members and blocks of the files are shorter than this, so that the end of some lies at each place near a buffer's end.</summary>
    private const int Shifts = 80;

    /// <summary>So far from the buffer's end blocks and members become small; before, they would only take time.</summary>
    private const int Near = 3000;

    /// <summary>Bytes of which a third repeats, so that blocks are coded and end at every bit.</summary>
    private static readonly byte[] Noise = DrawNoise();

    [Test]
    [Combinatorial]
    public void Ends_of_blocks_and_members_may_lie_anywhere([Values] CompressionLevel level, [Values(1, 5, 60)] int written, [Values] bool areMembers)
    {
        var truth = Noise;
        var (packed, length) = areMembers ? Members(level, written, truth) : Blocks(level, written, truth);
        truth = truth[..length];

        for (var shift = 0; shift < Shifts; shift++)
        {
            byte[] file = [.. Header(shift), .. packed];
            if (shift == 0)
                Assert.That(Runtime(new GZipStream(new MemoryStream(file), CompressionMode.Decompress)), Is.EqualTo(truth), "the runtime's result");
            using var source = InflatedSource.OfGzip("x", new MemorySource(file));
            AssertEquals(source, truth, shift);
        }
    }

    [Test]
    [Combinatorial]
    public void Bare_streams_may_have_any_length([Values] CompressionLevel level, [Values(0, 1, 7, 4096)] int written)
    {
        for (var length = BufferBytes - 40; length < BufferBytes + 40; length++)
        {
            var truth = Noise[..length];
            var packed = new MemoryStream();
            using (var zlib = new ZLibStream(packed, level, leaveOpen: true))
            {
                zlib.Write(truth.AsSpan(0, written));
                zlib.Flush();
                zlib.Write(truth.AsSpan(written));
            }

            var file = packed.ToArray();
            if (length == BufferBytes)
                Assert.That(Runtime(new ZLibStream(new MemoryStream(file), CompressionMode.Decompress)), Is.EqualTo(truth), "the runtime's result");
            const int header = 2, trailer = 4;
            var memory = new MemorySource(file);
            using var source = new InflatedSource("x", memory, new InflateIndex(memory,
                new PackedFile(header, file.Length - header - trailer, IsGzip: false, truth.Length, Crc32.HashToUInt32(truth))), truth.Length);
            AssertEquals(source, truth, length);
        }
    }

    private static void AssertEquals(InflatedSource source, byte[] truth, int number)
    {
        var read = new byte[source.Length];
        source.Read(0, read, "All");
        Assert.That(read.AsSpan().SequenceEqual(truth), Is.True, $"{number}");
    }

    /// <summary>The header of a gzip member with an extra field of so many bytes.</summary>
    private static byte[] Header(int extra) => [0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 3, (byte)extra, (byte)(extra >> 8), .. new byte[extra]];

    /// <summary>More than a buffer of blocks, a member without its header: each few bytes are followed by an empty stored block, as flushing writes it.</summary>
    private static (byte[] Packed, int Length) Blocks(CompressionLevel level, int written, byte[] truth)
    {
        var packed = new MemoryStream();
        var length = 0;
        using (var deflate = new DeflateStream(packed, level, leaveOpen: true))
        {
            for (var bytes = 0; packed.Length < BufferBytes + 1000; length += bytes)
            {
                bytes = Piece(packed, written);
                deflate.Write(truth.AsSpan(length, bytes));
                deflate.Flush();
            }
        }

        WriteTrailer(packed, truth.AsSpan(0, length));
        return (packed.ToArray(), length);
    }

    /// <summary>More than a buffer of small members, the first empty and without its header.</summary>
    private static (byte[] Packed, int Length) Members(CompressionLevel level, int written, byte[] truth)
    {
        var packed = new MemoryStream();
        packed.Write([3, 0]); // a block of nothing
        WriteTrailer(packed, []);
        var length = 0;
        for (var bytes = 0; packed.Length < BufferBytes + 1000; length += bytes)
        {
            bytes = Piece(packed, written);
            using var gzip = new GZipStream(packed, level, leaveOpen: true);
            gzip.Write(truth.AsSpan(length, bytes));
        }

        return (packed.ToArray(), length);
    }

    private static int Piece(MemoryStream packed, int written) => packed.Length < BufferBytes - Near ? Near / 2 : written;

    private static void WriteTrailer(MemoryStream packed, ReadOnlySpan<byte> unpacked)
    {
        Span<byte> trailer = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, Crc32.HashToUInt32(unpacked));
        BinaryPrimitives.WriteInt32LittleEndian(trailer[4..], unpacked.Length);
        packed.Write(trailer);
    }

    private static byte[] DrawNoise()
    {
        var random = new SeededRandom(1, "noise");
        var bytes = new byte[1 << 17];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = random.NextInt(3) == 0 ? (byte)200 : (byte)random.NextInt(256);
        return bytes;
    }

    private static byte[] Runtime(Stream packed)
    {
        using (packed)
        {
            var unpacked = new MemoryStream();
            packed.CopyTo(unpacked);
            return unpacked.ToArray();
        }
    }

    private sealed class MemorySource(byte[] bytes) : ByteSource("x.gz")
    {
        internal override long Length => bytes.Length;

        internal override int ReadSome(long offset, Span<byte> destination)
        {
            var length = (int)Math.Min(destination.Length, bytes.Length - offset);
            bytes.AsSpan((int)offset, length).CopyTo(destination);
            return length;
        }

        public override void Dispose()
        {
        }
    }
}
