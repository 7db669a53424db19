using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Archives;

/// <summary>
/// The pieces of a packed file and the points at which they begin. The first pass makes the points; later any piece is
/// unpacked alone. Thread-safe.
/// </summary>
internal sealed class InflateIndex
{
    private const int SmallestPiece = 1 << 20, LargestPiece = 8 << 20;

    private readonly Lock gate = new();
    private readonly List<InflatePoint> points = [];
    private readonly PackedFile file;
    private Inflater? first;
    private InvalidDataException? failure;
    private long reached;

    internal InflateIndex(ByteSource stored, PackedFile file)
    {
        this.file = file;
        // Few enough points for the limit, unless the file shrinks to less than an eighth.
        while (PieceBytes < LargestPiece && file.PackedBytes > PieceBytes * (long)ArchiveLimits.Points / 8)
            PieceBytes *= 2;
        points.Add(new InflatePoint
        {
            BitPosition = file.Offset * 8,
            Stage = file.IsGzip ? InflateStage.Member : InflateStage.Block,
            Window = [],
        });
        first = new Inflater(stored, file.End, points[0], file.IsGzip, isWhole: true);
    }

    /// <summary>Bytes of a piece, except the last.</summary>
    internal int PieceBytes { get; private set; } = SmallestPiece;

    /// <summary>Memory of the points, bytes.</summary>
    internal long MemoryBytes => points.Count * (long)Inflater.WindowBytes;

    /// <summary>Makes the points up to the end of the file and returns its unpacked length.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or too large.</exception>
    internal long Finish()
    {
        lock (gate)
        {
            while (first is not null)
                Advance();
            return reached;
        }
    }

    /// <summary>Unpacks a piece. Its bytes begin behind those of the window, whose length is returned too.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or too large.</exception>
    internal (byte[] Buffer, int Begin) Unpack(ByteSource stored, int piece)
    {
        lock (gate)
        {
            while (points.Count <= piece && first is not null)
                Advance();
            if (points.Count == piece + 1 && first is not null)
                return Advance();
        }

        var point = points[piece];
        var buffer = Buffer(point, piece, out var begin);
        _ = new Inflater(stored, file.End, point, file.IsGzip, isWhole: false).Fill(buffer, begin, buffer.Length - 1);
        return (buffer, begin);
    }

    /// <summary>Memory of a piece: the window, the piece, and a byte that finds out whether the file ends behind it.</summary>
    private byte[] Buffer(in InflatePoint point, int piece, out int begin)
    {
        begin = point.Window.Length;
        var whole = file.UnpackedBytes ?? (first is null ? reached : long.MaxValue);
        var left = whole - ((long)PieceBytes * piece);
        var buffer = GC.AllocateUninitializedArray<byte>(begin + (int)Math.Clamp(left, 0, PieceBytes) + 1);
        point.Window.CopyTo(buffer, 0);
        return buffer;
    }

    /// <summary>Unpacks the next piece of the first pass. What failed once fails again, in the same words.</summary>
    private (byte[] Buffer, int Begin) Advance()
    {
        if (failure is not null)
            throw new InvalidDataException(failure.Message, failure);
        try
        {
            return AdvanceOnce();
        }
        catch (InvalidDataException cause)
        {
            failure = cause;
            throw;
        }
    }

    private (byte[] Buffer, int Begin) AdvanceOnce()
    {
        var buffer = Buffer(points[^1], points.Count - 1, out var begin);
        var end = first!.Fill(buffer, begin, buffer.Length - 1);
        reached += end - begin;
        var point = first.Point;
        var packed = (point.BitPosition >> 3) - file.Offset;
        if (!ArchiveLimits.Allow(packed, reached))
            throw new InvalidDataException($"{packed} bytes become {reached}, more than {ArchiveLimits.Ratio} times as many: this is no product.");
        if (end - begin < PieceBytes || reached == file.UnpackedBytes)
            End(buffer, end);
        else if (points.Count == ArchiveLimits.Points)
            throw new InvalidDataException($"it has more than {(long)ArchiveLimits.Points * PieceBytes >> 30} GiB, the limit for reading in place. Unpack it first.");
        else
            points.Add(point with { Window = buffer[(end - Math.Min(end, Inflater.WindowBytes))..end] });
        return (buffer, begin);
    }

    private void End(byte[] buffer, int end)
    {
        var extra = first!.Fill(buffer, end, end + 1) - end;
        var inflater = first;
        if (file.UnpackedBytes is { } stated && (reached != stated || extra > 0 || !inflater.IsFinished))
            throw new InvalidDataException($"it unpacks to {(extra > 0 ? "more than " : "")}{reached} bytes; expected {stated}.");
        if (file.Checksum is { } expected && inflater.Checksum != expected)
            throw new InvalidDataException($"its checksum is {inflater.Checksum:X8}; expected {expected:X8}.");
        first = null;
    }
}

/// <summary>Where packed bytes lie and what they become.</summary>
/// <param name="Offset">First packed byte.</param>
/// <param name="PackedBytes">Number of packed bytes.</param>
/// <param name="IsGzip">True for gzip members, false for bare Deflate.</param>
/// <param name="UnpackedBytes">Length after unpacking, where it is stated.</param>
/// <param name="Checksum">CRC-32 after unpacking, where it is stated.</param>
internal sealed record PackedFile(long Offset, long PackedBytes, bool IsGzip, long? UnpackedBytes = null, uint? Checksum = null)
{
    /// <summary>Place behind the last packed byte.</summary>
    internal long End => Offset + PackedBytes;
}
