using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Archives;

/// <summary>
/// A compressed file that is read at positions without unpacking it to disk or keeping it in memory: an index of points
/// at which unpacking can start (32 KiB for each MiB or more) and the pieces used last.
/// </summary>
internal sealed class InflatedSource : ByteSource
{
    private const long CacheBytes = 64L << 20;

    private readonly ByteSource stored;
    private readonly InflateIndex index;
    private readonly int capacity;
    private readonly Lock gate = new();
    private readonly Dictionary<int, LinkedListNode<Piece>> kept = [];
    private readonly LinkedList<Piece> byUse = [];

    /// <param name="name">File name, for messages.</param>
    /// <param name="stored">Packed file, which stays open for others.</param>
    /// <param name="index">Pieces of the packed file.</param>
    /// <param name="length">Unpacked length.</param>
    internal InflatedSource(string name, ByteSource stored, InflateIndex index, long length) : base(name)
    {
        (this.stored, this.index, Length) = (stored, index, length);
        capacity = (int)(CacheBytes / index.PieceBytes);
    }

    /// <inheritdoc/>
    internal override long Length { get; }

    /// <summary>Opens a gzip file; reads all of it once.</summary>
    /// <exception cref="SceneException">Damaged or too large.</exception>
    internal static InflatedSource OfGzip(string name, ByteSource stored)
    {
        var index = new InflateIndex(stored, new PackedFile(0, stored.Length, IsGzip: true));
        try
        {
            return new InflatedSource(name, stored, index, index.Finish());
        }
        catch (InvalidDataException cause)
        {
            throw Damaged(stored, cause);
        }
    }

    /// <summary>The same file again, from another opening of the packed file.</summary>
    internal InflatedSource Reopened(ByteSource again) => new(Name, again, index, Length);

    /// <summary>Memory of the index, bytes.</summary>
    internal long IndexBytes => index.MemoryBytes;

    /// <inheritdoc/>
    internal override int ReadSome(long offset, Span<byte> destination)
    {
        var (number, within) = ((int)(offset / index.PieceBytes), (int)(offset % index.PieceBytes));
        try
        {
            var (buffer, begin) = At(number).Value;
            var length = Math.Min(destination.Length, buffer.Length - 1 - begin - within);
            buffer.AsSpan(begin + within, length).CopyTo(destination);
            return length;
        }
        catch (InvalidDataException cause)
        {
            throw Damaged(this, cause);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        lock (gate)
        {
            kept.Clear();
            byUse.Clear();
        }
    }

    private static SceneException Damaged(ByteSource file, InvalidDataException cause) =>
        file.Error($"cannot be unpacked: {cause.Message} The download may be cut: fetch the archive again.", cause);

    /// <summary>A piece that is kept, or will be unpacked by the first thread that wants it.</summary>
    private Lazy<(byte[] Buffer, int Begin)> At(int number)
    {
        lock (gate)
        {
            if (kept.TryGetValue(number, out var node))
            {
                byUse.Remove(node);
            }
            else
            {
                if (kept.Count >= capacity)
                {
                    kept.Remove(byUse.Last!.Value.Number);
                    byUse.RemoveLast();
                }

                node = new LinkedListNode<Piece>(new Piece(number, new(() => index.Unpack(stored, number))));
                kept.Add(number, node);
            }

            byUse.AddFirst(node);
            return node.Value.Bytes;
        }
    }

    private sealed record Piece(int Number, Lazy<(byte[] Buffer, int Begin)> Bytes);
}
