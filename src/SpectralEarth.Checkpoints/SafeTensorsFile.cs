using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using SpectralEarth.Checkpoints.SafeTensors;
using SpectralEarth.Storage;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints;

/// <summary>
/// A safetensors file (https://github.com/huggingface/safetensors), read through a memory map: opening checks the
/// whole header, tensors are copied only when asked for.
/// </summary>
public sealed unsafe class SafeTensorsFile : IDisposable
{
    /// <summary>Metadata key of the checksum of the data section: XXH3, 16 hexadecimal digits.</summary>
    public const string ChecksumKey = "spectralearth.checksum";

    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private readonly SafeTensorsHeader header;
    private readonly byte* data;
    private readonly long dataBytes;
    private bool disposed;

    private SafeTensorsFile(string path, MemoryMappedFile map, long length)
    {
        Path = path;
        this.map = map;
        view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            var headerBytes = HeaderBytes(path, start, length);
            data = start + 8 + headerBytes;
            dataBytes = length - 8 - headerBytes;
            header = SafeTensorsHeader.Parse(new ReadOnlySpan<byte>(start + 8, (int)headerBytes), dataBytes, path);
        }
        catch
        {
            Release();
            throw;
        }

        Names = [.. header.Entries.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Names of all tensors, in ordinal order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Metadata entries.</summary>
    public IReadOnlyDictionary<string, string> Metadata => header.Metadata;

    /// <summary>Opens a file and checks its header completely.</summary>
    /// <exception cref="CheckpointException">There is no such file, or it breaks a rule of the format.</exception>
    public static SafeTensorsFile Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        var file = new FileInfo(full);
        if (!file.Exists)
            throw new CheckpointException($"{full}: there is no such file. Give a .safetensors file.");
        if (file.Length < 8)
            throw new CheckpointException($"{full}: {file.Length} bytes are too few for a safetensors file. Fetch or write it again.");
        var map = MemoryMappedFile.CreateFromFile(
            new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete),
            null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        try
        {
            return new SafeTensorsFile(full, map, file.Length);
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes tensors atomically, aligned, with a checksum of the data under <see cref="ChecksumKey"/>; equal tensors
    /// and metadata give equal bytes.
    /// </summary>
    /// <param name="path">File to write or replace.</param>
    /// <param name="tensors">Tensors by name.</param>
    /// <param name="metadata">Further metadata entries.</param>
    /// <exception cref="IOException">The folder is read-only or the disk is full; a previous file is untouched.</exception>
    /// <exception cref="NotSupportedException">A tensor has a type that the format lacks.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        AtomicFile.Write(path, stream => SafeTensorsWriter.Write(stream, tensors, metadata ?? new Dictionary<string, string>()));

    /// <summary>True if there is a tensor called <paramref name="name"/>.</summary>
    public bool Contains(string name) => header.Entries.ContainsKey(name);

    /// <summary>Shape of a tensor.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public IReadOnlyList<long> Shape(string name) => Entry(name).Shape;

    /// <summary>Number type of a tensor.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public ScalarType Type(string name) => Entry(name).Type;

    /// <summary>Copies a tensor into memory of its own, on the CPU; the caller disposes it.</summary>
    /// <exception cref="CheckpointException">There is no such tensor, or a truth value is neither 0 nor 1.</exception>
    public Tensor Read(string name)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var entry = Entry(name);
        var tensor = empty([.. entry.Shape], entry.Type);
        var source = data + entry.Begin;
        TensorBytes.ForEachPart(tensor, part =>
        {
            new ReadOnlySpan<byte>(source, part.Length).CopyTo(part);
            source += part.Length;
            if (entry.Type == ScalarType.Bool && part.ContainsAnyExcept((byte)0, (byte)1))
                throw new CheckpointException($"{Path}: tensor \"{name}\" has a truth value that is neither 0 nor 1. Write the file again.");
        });
        return tensor;
    }

    /// <summary>Compares the data with the checksum in the metadata.</summary>
    /// <exception cref="CheckpointException">They differ, or there is no checksum.</exception>
    public void VerifyChecksum()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (!Metadata.TryGetValue(ChecksumKey, out var expected))
            throw new CheckpointException($"{Path}: there is no checksum in the metadata (\"{ChecksumKey}\"). It was not written by this program.");
        using var bytes = new UnmanagedMemoryStream(data, dataBytes);
        var found = Checksum.ToText(Checksum.Of(bytes));
        if (found != expected)
        {
            throw new CheckpointException(
                $"{Path}: the data have checksum {found}, but the metadata say {expected}. The file is damaged: use another checkpoint.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        Release();
        map.Dispose();
    }

    private static long HeaderBytes(string path, byte* start, long length)
    {
        var bytes = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(start, 8));
        if (bytes > SafeTensorsHeader.MaximumBytes || (long)bytes > length - 8)
        {
            throw new CheckpointException(
                $"{path}: the header claims {bytes} bytes, but the file has {length} (and at most {SafeTensorsHeader.MaximumBytes} " +
                "are allowed). The file is cut or no safetensors file: fetch or write it again.");
        }

        return (long)bytes;
    }

    private TensorEntry Entry(string name) => header.Entries.TryGetValue(name, out var entry)
        ? entry
        : throw new CheckpointException($"{Path}: there is no tensor \"{name}\" among {Names.Count}. Use a checkpoint of the same model.");

    private void Release()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
    }
}
