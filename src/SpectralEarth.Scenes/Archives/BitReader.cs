using System.Buffers.Binary;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Archives;

/// <summary>Bits of a source, least significant first, as Deflate packs them (RFC 1951, section 3.1.1).</summary>
/// <param name="source">File to read.</param>
/// <param name="bitPosition">Bit of the file at which to start.</param>
/// <param name="end">Byte at which the bits end.</param>
internal sealed class BitReader(ByteSource source, long bitPosition, long end)
{
    /// <summary>Bits of the longest group that is asked for at once: two codes with their extra bits have 48.</summary>
    internal const int GroupBits = 48;

    private const int BufferBytes = 1 << 16;

    private readonly byte[] buffer = new byte[(int)Math.Clamp(end - (bitPosition >> 3), 0, BufferBytes)];
    private long next = bitPosition >> 3;
    private int at;
    private int filled;
    private int invented; // zero bits behind the end, which may be looked at but not taken
    private int unused = (int)(bitPosition & 7); // bits of the first byte that belong to what stands before

    /// <summary>The next bits, at least as many as the last <see cref="Fill"/> asked for.</summary>
    internal ulong Bits { get; private set; }

    /// <summary>How many of <see cref="Bits"/> are there.</summary>
    internal int Count { get; private set; }

    /// <summary>Bit of the file that comes next.</summary>
    internal long Position => ((next - (filled - at)) * 8) - (Count - invented) + unused;

    /// <summary>True if no bit is left.</summary>
    internal bool IsAtEnd => Position >= end * 8;

    /// <summary>Makes <see cref="GroupBits"/> bits ready; zeros stand for those behind the end.</summary>
    internal void Fill()
    {
        if (filled - at >= 8)
        {
            Bits |= BinaryPrimitives.ReadUInt64LittleEndian(buffer.AsSpan(at)) << Count;
            var bytes = (63 - Count) >> 3;
            at += bytes;
            Count += 8 * bytes;
            Bits &= (1UL << Count) - 1;
        }
        else
        {
            FillByByte();
        }

        if (unused > 0)
            DropUnused();
    }

    /// <summary>Passes over bits that <see cref="Fill"/> made ready.</summary>
    /// <exception cref="InvalidDataException">There are not that many.</exception>
    internal void Drop(int bits)
    {
        Bits >>= bits;
        Count -= bits;
        if (Count < invented)
            throw new InvalidDataException("it ends in the middle.");
    }

    /// <summary>Takes up to 32 bits as a number.</summary>
    internal int Take(int bits)
    {
        Fill();
        var value = (int)(Bits & ((1UL << bits) - 1));
        Drop(bits);
        return value;
    }

    /// <summary>Passes over the rest of a byte.</summary>
    internal void Align()
    {
        Fill();
        Drop((int)(-Position & 7));
    }

    /// <summary>Takes whole bytes, from a byte boundary.</summary>
    internal void TakeBytes(Span<byte> destination)
    {
        while (!destination.IsEmpty && Count > 0)
        {
            destination[0] = (byte)Bits;
            Drop(8);
            destination = destination[1..];
        }

        while (!destination.IsEmpty)
        {
            if (at == filled && !Load())
                throw new InvalidDataException("it ends in the middle.");
            var length = Math.Min(destination.Length, filled - at);
            buffer.AsSpan(at, length).CopyTo(destination);
            at += length;
            destination = destination[length..];
        }
    }

    /// <summary>Stops before 64 bits, by which nothing can be shifted.</summary>
    private void FillByByte()
    {
        while (Count < 56)
        {
            if (at < filled || Load())
            {
                Bits |= (ulong)buffer[at++] << Count;
            }
            else
            {
                invented += 8;
            }

            Count += 8;
        }
    }

    private void DropUnused()
    {
        var bits = unused;
        unused = 0;
        Drop(bits);
    }

    private bool Load()
    {
        (at, filled) = (0, (int)Math.Min(buffer.Length, end - next));
        if (filled <= 0)
        {
            filled = 0;
            return false;
        }

        source.Read(next, buffer.AsSpan(0, filled), "A compressed part");
        next += filled;
        return true;
    }
}
