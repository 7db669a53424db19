using System.IO.Hashing;
using System.IO.MemoryMappedFiles;
using SpectralEarth.Storage;

namespace SpectralEarth.Checkpoints;

/// <summary>
/// A file read through memory maps that live as long as one look, so that what was read does not stay resident beside its
/// copy.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private const int BytesPerLook = 1 << 24;

    private readonly FileStream stream;
    private readonly MemoryMappedFile map;

    private MappedFile(FileStream stream)
    {
        this.stream = stream;
        (Path, Length) = (stream.Name, stream.Length);
        map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
    }

    /// <summary>Something learnt from bytes.</summary>
    internal delegate T Use<out T>(ReadOnlySpan<byte> bytes);

    /// <summary>Full path.</summary>
    internal string Path { get; }

    /// <summary>Bytes of the file.</summary>
    internal long Length { get; }

    /// <summary>Opens a file of at least <paramref name="minimum"/> bytes (1 or more).</summary>
    /// <exception cref="CheckpointException">There is no such file, or it is shorter.</exception>
    internal static MappedFile Open(string path, int minimum)
    {
        var full = System.IO.Path.GetFullPath(path);
        var file = new FileInfo(full);
        if (!file.Exists)
            throw new CheckpointException($"{full}: there is no such file. Give a file of weights (.safetensors, .pth, .pt or .ckpt).");
        if (file.Length < minimum)
            throw new CheckpointException($"{full}: the file ends at byte {file.Length}, too early for a file of weights. Fetch or write it again.");
        var stream = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            return new MappedFile(stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Shows <paramref name="use"/> a range inside the file, at most 2 GB.</summary>
    internal T Look<T>(long offset, int length, Use<T> use)
    {
        if (length == 0)
            return use([]);
        using var view = map.CreateViewAccessor(offset, length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            return use(new ReadOnlySpan<byte>(start + view.PointerOffset, length));
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    /// <summary>Copies bytes from <paramref name="offset"/> on.</summary>
    internal void CopyTo(long offset, Span<byte> target)
    {
        fixed (byte* first = target)
        {
            var destination = (nint)first;
            for (var left = target.Length; left > 0;)
            {
                var part = Math.Min(left, BytesPerLook);
                Look(offset, part, bytes => bytes.TryCopyTo(new Span<byte>((void*)destination, part)));
                (destination, offset, left) = (destination + part, offset + part, left - part);
            }
        }
    }

    /// <summary>XXH3 of all bytes from <paramref name="offset"/> on, 16 hexadecimal digits.</summary>
    internal string ChecksumFrom(long offset)
    {
        stream.Position = offset;
        return Checksum.ToText(Checksum.Of(stream));
    }

    /// <summary>CRC-32 (of zip files) of a range inside the file.</summary>
    internal uint Crc32Of(long offset, long bytes)
    {
        var crc = new Crc32();
        for (var left = bytes; left > 0;)
        {
            var part = (int)Math.Min(left, BytesPerLook);
            Look(offset, part, look =>
            {
                crc.Append(look);
                return true;
            });
            (offset, left) = (offset + part, left - part);
        }

        return crc.GetCurrentHashAsUInt32();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        map.Dispose();
        stream.Dispose();
    }
}
