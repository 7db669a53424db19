namespace SpectralEarth.Storage;

/// <summary>Sends what was written of a large file to the disk while more is written, so that the flush at its end is short.</summary>
/// <param name="file">File that is written from its first byte to its last; not closed before this is disposed of.</param>
internal sealed class EarlyFlush(FileStream file) : IDisposable
{
    private const long Every = 64 << 20;

    private long due = Every;
    private Task flush = Task.CompletedTask;

    /// <summary>To be told after each write.</summary>
    /// <param name="length">Bytes written so far.</param>
    /// <exception cref="IOException">The disk failed on what was written earlier.</exception>
    public void Written(long length)
    {
        if (length < due || !flush.IsCompleted)
            return;
        flush.GetAwaiter().GetResult();
        due = length + Every;
        var handle = file.SafeFileHandle;
        flush = Task.Run(() => RandomAccess.FlushToDisk(handle));
    }

    /// <summary>To be called when all is written. Linux tells of a failed flush once: the one at the end of the file would not hear of it.</summary>
    /// <exception cref="IOException">The disk failed on what was written earlier.</exception>
    public void Complete() => flush.GetAwaiter().GetResult();

    /// <summary>Waits for a flush that is under way.</summary>
    public void Dispose() => ((IAsyncResult)flush).AsyncWaitHandle.WaitOne();
}
