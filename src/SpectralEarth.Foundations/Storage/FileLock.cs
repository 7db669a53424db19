namespace SpectralEarth.Storage;

/// <summary>
/// A lock on a file that its process holds until it is disposed or ends in any way, SIGKILL included: the kernel releases it
/// (flock(2)). Only processes that ask for the lock heed it. On network file systems it holds between machines where the
/// system is mounted so (NFS: always; Lustre: <c>-o flock</c>).
/// </summary>
public sealed class FileLock : IDisposable
{
    private readonly FileStream file;

    private FileLock(FileStream file) => this.file = file;

    /// <summary>Takes the lock for this process alone, making the file if it is missing; null if another process holds it.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static FileLock? TryTake(string path) => TryOpen(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Takes the lock of an existing file for this process alone; null if another process holds it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static FileLock? TryTakeExisting(string path) => TryOpen(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Shares the lock of an existing file with others that share it; null if a process has it alone.</summary>
    /// <inheritdoc cref="TryTakeExisting"/>
    public static FileLock? TryShare(string path) => TryOpen(path, FileMode.Open, FileAccess.Read, FileShare.Read);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static FileLock? TryOpen(string path, FileMode mode, FileAccess access, FileShare share)
    {
        try
        {
            return new FileLock(new FileStream(path, mode, access, share, bufferSize: 0));
        }
        catch (IOException e) when (IsHeld(e))
        {
            return null;
        }
    }

    // EWOULDBLOCK of Linux and macOS, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsHeld(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);
}
