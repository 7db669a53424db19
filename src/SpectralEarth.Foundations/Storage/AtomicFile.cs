namespace SpectralEarth.Storage;

/// <summary>Writes files that are either complete or absent: temporary name in the same folder, flush to disk, rename.</summary>
public static class AtomicFile
{
    /// <summary>Suffix of unfinished files; a leftover is from a killed process and may be deleted.</summary>
    public const string TemporarySuffix = ".partial";

    /// <summary>
    /// Makes the folder of a file and finds out whether the file can be written: for long work that ends in it, so that a mistaken name
    /// shows before the work.
    /// </summary>
    /// <exception cref="IOException">The path is that of a folder, or its folder cannot be made or is read-only.</exception>
    public static void Prepare(string path)
    {
        Create(path).Dispose();
        File.Delete(path + TemporarySuffix);
    }

    /// <summary>
    /// Writes <paramref name="path"/> through <paramref name="write"/>, replacing an existing file only when all is on disk. Its folder is
    /// made where it is missing.
    /// </summary>
    /// <exception cref="IOException">The path is that of a folder, its folder cannot be made or is read-only, or the disk is full; the previous file is untouched.</exception>
    public static void Write(string path, Action<Stream> write) => WriteFile(path, write, flushToDisk: true);

    /// <summary>Writes a file from its first byte to its last; the stream that <paramref name="write"/> gets cannot seek.</summary>
    /// <param name="path">File.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="flushToDisk">
    /// False leaves it to the system when the content gets to the disk: for files whose checksums are looked at before they are used, since
    /// after a power failure such a file may be there without its content.
    /// </param>
    /// <returns>Checksum of the file.</returns>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static ulong WriteWithChecksum(string path, Action<Stream> write, bool flushToDisk = true)
    {
        var checksum = 0UL;
        WriteFile(path, stream =>
        {
            using var early = flushToDisk ? new EarlyFlush(stream) : null;
            using var counted = new ChecksumStream(stream, early);
            write(counted);
            early?.Complete();
            checksum = counted.Checksum;
        }, flushToDisk);
        return checksum;
    }

    /// <summary>Writes UTF-8 text without byte order mark.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    private static void WriteFile(string path, Action<FileStream> write, bool flushToDisk)
    {
        var temporary = path + TemporarySuffix;
        var stream = Create(path);
        try
        {
            using (stream)
            {
                write(stream);
                stream.Flush(flushToDisk);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Opens the file's temporary name.</summary>
    private static FileStream Create(string path)
    {
        if (Directory.Exists(path))
            throw new IOException($"{path}: there is a folder of this name, expected a file to write. Choose another name.");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return new FileStream(path + TemporarySuffix, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{e.Message} Choose a folder that you may write to.", e);
        }
    }
}
