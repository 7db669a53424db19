namespace SpectralEarth.Scenes.Sources;

/// <summary>The bytes of a file of a product, read at positions, by several threads at once.</summary>
/// <param name="name">File name without folder, for messages.</param>
internal abstract class ByteSource(string name) : IDisposable
{
    /// <summary>File name without folder, for messages.</summary>
    internal string Name { get; } = name;

    /// <summary>Length of the file, bytes.</summary>
    internal abstract long Length { get; }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/>.</summary>
    /// <exception cref="SceneException">The file ends before, and <paramref name="part"/> names what was to be read; or it cannot be read.</exception>
    internal void Read(long offset, Span<byte> destination, string part)
    {
        if (offset < 0 || offset > Length - destination.Length)
            throw Truncated(part, offset, destination.Length);
        while (!destination.IsEmpty)
        {
            var read = ReadSome(offset, destination);
            if (read == 0)
                throw Truncated(part, offset, destination.Length);
            offset += read;
            destination = destination[read..];
        }
    }

    /// <summary>Reads at least one byte at a position inside the file; 0 if the file has become shorter.</summary>
    /// <exception cref="SceneException">The file is damaged, or the disk or network fails.</exception>
    internal abstract int ReadSome(long offset, Span<byte> destination);

    /// <summary>An error of this file.</summary>
    internal SceneException Error(string message, Exception? cause = null) => new($"{Name}: {message}", cause);

    /// <summary>The error for a part that lies beyond the end of the file.</summary>
    internal SceneException Truncated(string part, long offset, long length) => Error(
        $"{part} lies at bytes {offset} to {(Int128)offset + length}, but the file has {Length} bytes. " +
        "The download may be cut: fetch the product again.");

    /// <inheritdoc/>
    public abstract void Dispose();
}
