using System.IO.Hashing;

namespace SpectralEarth.Storage;

/// <summary>
/// Passes what is written on to a file and counts its checksum, so that the file need not be read again. Asynchronous
/// writes happen in the caller's thread: handing each on to another thread costs more than the write.
/// </summary>
/// <param name="file">Receives the bytes; left open.</param>
/// <param name="early">Told of what was written; null if the file need not get to the disk.</param>
internal sealed class ChecksumStream(FileStream file, EarlyFlush? early) : Stream
{
    private readonly XxHash3 hash = new();

    /// <summary>Checksum of all that was written so far.</summary>
    public ulong Checksum => hash.GetCurrentHashAsUInt64();

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <summary>False: bytes that were written cannot be changed, as the checksum covers them.</summary>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => file.Length;

    /// <inheritdoc/>
    public override long Position { get => file.Position; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        hash.Append(buffer);
        file.Write(buffer);
        early?.Written(file.Position);
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Flush() => file.Flush();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        file.Flush();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
