using System.IO.Hashing;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Archives;

/// <summary>
/// Unpacks Deflate (RFC 1951), bare or as members of a gzip file (RFC 1952), any number of bytes at a time. Unlike the
/// runtime's streams it can be stopped at any byte and started there again, from an <see cref="InflatePoint"/>.
/// </summary>
internal sealed class Inflater
{
    /// <summary>How far back repetitions reach.</summary>
    internal const int WindowBytes = 1 << 15;

    private readonly bool isGzip;
    private readonly BitReader bits;
    private readonly Crc32? checksum;
    private InflatePoint state;
    private HuffmanCode? literals;
    private HuffmanCode? distances;

    /// <param name="stored">Packed file.</param>
    /// <param name="end">Byte at which the packed bytes end.</param>
    /// <param name="from">Where to start.</param>
    /// <param name="isGzip">True for gzip members, false for bare Deflate.</param>
    /// <param name="isWhole">True when starting at the beginning: then checksums are compared.</param>
    internal Inflater(ByteSource stored, long end, InflatePoint from, bool isGzip, bool isWhole)
    {
        (state, this.isGzip) = (from, isGzip);
        bits = new BitReader(stored, from.BitPosition, end);
        checksum = isWhole ? new Crc32() : null;
        if (from.CodeLengths is not null)
            (literals, distances) = DeflateTables.Of(from.CodeLengths, from.LiteralCodes);
    }

    /// <summary>True when everything is unpacked.</summary>
    internal bool IsFinished => state.Stage == InflateStage.Finished;

    /// <summary>CRC-32 of all bytes of bare Deflate so far.</summary>
    internal uint Checksum => checksum!.GetCurrentHashAsUInt32();

    /// <summary>Where this inflater stands. The window is the caller's matter.</summary>
    internal InflatePoint Point => state with { BitPosition = bits.Position };

    /// <summary>
    /// Fills a part of a buffer whose earlier bytes are those that were unpacked before, as far as repetitions reach.
    /// </summary>
    /// <returns>Place behind the last byte, before <paramref name="end"/> only when everything is unpacked.</returns>
    /// <exception cref="InvalidDataException">The packed bytes are damaged.</exception>
    internal int Fill(byte[] buffer, int begin, int end)
    {
        var place = begin;
        while (place < end && !IsFinished)
        {
            var from = place;
            place = state.Stage switch
            {
                InflateStage.Member => BeginMember(place),
                InflateStage.Block => BeginBlock(place),
                InflateStage.Stored => CopyStored(buffer, place, end),
                InflateStage.Coded => Decode(buffer, place, end),
                _ => EndMember(place),
            };
            state.History += place - from;
            checksum?.Append(buffer.AsSpan(from, place - from));
        }

        return place;
    }

    private int BeginMember(int place)
    {
        GzipMember.ReadHeader(bits);
        (state.Stage, state.History) = (InflateStage.Block, 0);
        return place;
    }

    private int EndMember(int place)
    {
        if (!isGzip)
        {
            state.Stage = InflateStage.Finished;
            return place;
        }

        GzipMember.ReadTrailer(bits, checksum);
        state.Stage = GzipMember.HasNext(bits) ? InflateStage.Member : InflateStage.Finished;
        return place;
    }

    private int BeginBlock(int place)
    {
        if (state.IsLastBlock)
        {
            (state.IsLastBlock, state.Stage) = (false, InflateStage.End);
            return place;
        }

        state.IsLastBlock = bits.Take(1) == 1;
        var kind = bits.Take(2);
        if (kind == 0)
        {
            (state.Stage, state.StoredLeft, state.CodeLengths) = (InflateStage.Stored, StoredLength(), null);
            return place;
        }

        (state.CodeLengths, state.LiteralCodes) = kind switch
        {
            1 => DeflateTables.Fixed,
            2 => DeflateTables.Read(bits),
            _ => throw new InvalidDataException("it has a block of an unknown kind."),
        };
        (literals, distances) = DeflateTables.Of(state.CodeLengths, state.LiteralCodes);
        state.Stage = InflateStage.Coded;
        return place;
    }

    private int StoredLength()
    {
        bits.Align();
        var length = bits.Take(16);
        return bits.Take(16) == (length ^ 0xFFFF) ? length : throw new InvalidDataException("a stored block contradicts its length.");
    }

    private int CopyStored(byte[] buffer, int place, int end)
    {
        var length = Math.Min(state.StoredLeft, end - place);
        bits.TakeBytes(buffer.AsSpan(place, length));
        state.StoredLeft -= length;
        if (state.StoredLeft == 0)
            state.Stage = InflateStage.Block;
        return place + length;
    }

    private int Decode(byte[] buffer, int place, int end)
    {
        var begin = place;
        if (state.CopyLeft > 0)
            place = Repeat(buffer, place, end, state.CopyLeft, state.CopyDistance);
        while (place < end)
        {
            bits.Fill();
            var entry = literals!.Look(bits.Bits);
            bits.Drop(entry & 15);
            var symbol = entry >> 4;
            if (symbol < 256)
            {
                buffer[place++] = (byte)symbol;
                continue;
            }

            if (symbol == 256)
            {
                state.Stage = InflateStage.Block;
                break;
            }

            var length = DeflateTables.Length(symbol, bits);
            entry = distances!.Look(bits.Bits);
            bits.Drop(entry & 15);
            var distance = DeflateTables.Distance(entry >> 4, bits);
            if (distance > state.History + (place - begin))
                throw new InvalidDataException("it repeats what lies before its beginning.");
            place = Repeat(buffer, place, end, length, distance);
        }

        return place;
    }

    /// <summary>Repeats earlier bytes; what does not fit any more is left for the next call.</summary>
    private int Repeat(byte[] buffer, int place, int end, int length, int distance)
    {
        var now = Math.Min(length, end - place);
        (state.CopyLeft, state.CopyDistance) = (length - now, distance);
        var source = buffer.AsSpan(place - distance, now);
        var target = buffer.AsSpan(place, now);
        if (distance >= now)
        {
            source.CopyTo(target);
        }
        else
        {
            for (var i = 0; i < target.Length; i++)
                target[i] = source[i];
        }

        return place + now;
    }
}
