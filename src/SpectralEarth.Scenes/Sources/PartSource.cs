namespace SpectralEarth.Scenes.Sources;

/// <summary>A file that lies unchanged inside another one, which stays open for others: a tar entry or a stored zip entry.</summary>
internal sealed class PartSource(string name, ByteSource whole, long offset, long length) : ByteSource(name)
{
    /// <inheritdoc/>
    internal override long Length => length;

    /// <inheritdoc/>
    internal override int ReadSome(long position, Span<byte> destination) =>
        whole.ReadSome(offset + position, destination[..(int)Math.Min(destination.Length, length - position)]);

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
