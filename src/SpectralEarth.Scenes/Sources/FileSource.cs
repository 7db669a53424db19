using Microsoft.Win32.SafeHandles;

namespace SpectralEarth.Scenes.Sources;

/// <summary>An open file.</summary>
internal sealed class FileSource : ByteSource
{
    private readonly SafeFileHandle? handle;    // null of a file without bytes

    private FileSource(string path, SafeFileHandle? handle) : base(Path.GetFileName(path))
    {
        this.handle = handle;
        Length = handle is null ? 0 : RandomAccess.GetLength(handle);
    }

    /// <inheritdoc/>
    internal override long Length { get; }

    /// <exception cref="SceneException">The file is absent or may not be read.</exception>
    internal static FileSource Open(string path)
    {
        try
        {
            // A named pipe has no length either, and to open it would wait for whoever writes into it.
            var file = (FileInfo)(File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path));
            return new FileSource(path, file.Length == 0 ? null : File.OpenHandle(path, options: FileOptions.RandomAccess));
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
            return handle is null ? 0 : RandomAccess.Read(handle, destination, offset);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw Error($"cannot be read at byte {offset}. {cause.Message} Check the disk or the network, or fetch the product again.", cause);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => handle?.Dispose();
}
