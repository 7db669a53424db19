using Microsoft.Win32.SafeHandles;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>An open file that is read at positions, by several threads at once.</summary>
internal sealed class TiffSource : IDisposable
{
    private readonly SafeFileHandle handle;

    private TiffSource(string path, SafeFileHandle handle)
    {
        (this.handle, Name) = (handle, Path.GetFileName(path));
        Length = RandomAccess.GetLength(handle);
    }

    /// <summary>File name without folder, for messages.</summary>
    internal string Name { get; }

    /// <summary>Length of the file, bytes.</summary>
    internal long Length { get; }

    /// <exception cref="SceneException">The file is absent or may not be read.</exception>
    internal static TiffSource Open(string path)
    {
        try
        {
            return new TiffSource(path, File.OpenHandle(path, options: FileOptions.RandomAccess));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new SceneException($"{path}: cannot be opened. {cause.Message}", cause);
        }
    }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/>.</summary>
    /// <exception cref="SceneException">The file ends before; <paramref name="part"/> names what was to be read.</exception>
    internal void Read(long offset, Span<byte> destination, string part)
    {
        if (offset < 0 || offset > Length - destination.Length)
            throw Truncated(part, offset, destination.Length);
        while (!destination.IsEmpty)
        {
            var read = RandomAccess.Read(handle, destination, offset);
            if (read == 0)
                throw Truncated(part, offset, destination.Length);
            offset += read;
            destination = destination[read..];
        }
    }

    /// <summary>An error of this file.</summary>
    internal SceneException Error(string message, Exception? cause = null) => new($"{Name}: {message}", cause);

    /// <summary>The error for a part that lies beyond the end of the file.</summary>
    internal SceneException Truncated(string part, long offset, long length) => Error(
        $"{part} lies at bytes {offset} to {(Int128)offset + length}, but the file has {Length} bytes. " +
        "The download may be cut: fetch the product again.");

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
