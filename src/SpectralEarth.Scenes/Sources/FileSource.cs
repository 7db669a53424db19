using Microsoft.Win32.SafeHandles;

namespace SpectralEarth.Scenes.Sources;

/// <summary>An open file.</summary>
internal sealed class FileSource : ByteSource
{
    private readonly SafeFileHandle handle;

    private FileSource(string path, SafeFileHandle handle) : base(Path.GetFileName(path))
    {
        this.handle = handle;
        Length = RandomAccess.GetLength(handle);
    }

    /// <inheritdoc/>
    internal override long Length { get; }

    /// <exception cref="SceneException">The file is absent or may not be read.</exception>
    internal static FileSource Open(string path)
    {
        try
        {
            return new FileSource(path, File.OpenHandle(path, options: FileOptions.RandomAccess));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new SceneException($"{path}: cannot be opened. {cause.Message}", cause);
        }
    }

    /// <inheritdoc/>
    internal override int ReadSome(long offset, Span<byte> destination)
    {
        try
        {
            return RandomAccess.Read(handle, destination, offset);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw Error($"cannot be read at byte {offset}. {cause.Message} Check the disk or the network, or fetch the product again.", cause);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => handle.Dispose();
}
