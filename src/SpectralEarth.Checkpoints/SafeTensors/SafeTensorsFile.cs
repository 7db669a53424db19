using System.Buffers.Binary;
using SpectralEarth.Checkpoints.SafeTensors;
using SpectralEarth.Storage;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints;

/// <summary>A safetensors file (https://github.com/huggingface/safetensors): opening checks the whole header.</summary>
public sealed class SafeTensorsFile : WeightFile
{
    /// <summary>Metadata key of the checksum of the data section: XXH3, 16 hexadecimal digits.</summary>
    public const string ChecksumKey = "spectralearth.checksum";

    private readonly MappedFile file;
    private readonly SafeTensorsHeader header;
    private readonly long dataStart;

    private SafeTensorsFile(MappedFile file, SafeTensorsHeader header, long dataStart)
        : base(file.Path, "safetensors",
            header.Entries.ToDictionary(pair => pair.Key, pair => new StoredTensor(file, dataStart + pair.Value.Begin, pair.Value.Type, pair.Value.Shape)),
            header.Metadata) => (this.file, this.header, this.dataStart) = (file, header, dataStart);

    /// <summary>Opens a file and checks its header completely.</summary>
    /// <exception cref="CheckpointException">There is no such file, or it breaks a rule of the format.</exception>
    public static new SafeTensorsFile Open(string path)
    {
        var file = MappedFile.Open(path, minimum: 8);
        try
        {
            var headerBytes = HeaderBytes(file);
            var header = file.Look(8, headerBytes, json => SafeTensorsHeader.Parse(json, file.Length - 8 - headerBytes, file.Path));
            return new SafeTensorsFile(file, header, 8 + headerBytes);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes tensors atomically, aligned, with a checksum of the data under <see cref="ChecksumKey"/> and one of the header;
    /// equal tensors and metadata give equal bytes.
    /// </summary>
    /// <param name="path">File to write or replace.</param>
    /// <param name="tensors">Tensors by name.</param>
    /// <param name="metadata">Further metadata entries.</param>
    /// <exception cref="IOException">The folder is read-only or the disk is full; a previous file is untouched.</exception>
    /// <exception cref="NotSupportedException">A tensor has a type that the format lacks.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        AtomicFile.Write(path, stream => SafeTensorsWriter.Write(stream, tensors, metadata ?? new Dictionary<string, string>()));

    /// <summary>Compares the data with the checksum in the metadata, and the header with its own where it has one.</summary>
    /// <exception cref="CheckpointException">They differ, or there is no checksum of the data.</exception>
    public void VerifyChecksum()
    {
        if (!Metadata.TryGetValue(ChecksumKey, out var expected))
            throw new CheckpointException($"{Path}: there is no checksum in the metadata (\"{ChecksumKey}\"). Use a checkpoint written by this program, or bring the file in with import.");
        if (Metadata.TryGetValue(HeaderChecksum.Key, out var ofHeader) && HeaderChecksum.Of(Metadata, header.Entries) is var said && said != ofHeader)
        {
            throw new CheckpointException(
                $"{Path}: the header (description, position, table of tensors) has checksum {said}, but it says {ofHeader}. The file is damaged: use another checkpoint.");
        }

        var found = file.ChecksumFrom(dataStart);
        if (found != expected)
        {
            throw new CheckpointException(
                $"{Path}: the data have checksum {found}, but the metadata say {expected}. The file is damaged: use another checkpoint.");
        }
    }

    /// <inheritdoc/>
    public override void VerifyChecksums()
    {
        if (Metadata.ContainsKey(ChecksumKey) || Metadata.ContainsKey(HeaderChecksum.Key))
            VerifyChecksum();
    }

    private protected override void Close() => file.Dispose();

    private static int HeaderBytes(MappedFile file)
    {
        var bytes = file.Look(0, 8, BinaryPrimitives.ReadUInt64LittleEndian);
        if (bytes > SafeTensorsHeader.MaximumBytes || (long)bytes > file.Length - 8)
        {
            throw new CheckpointException(
                $"{file.Path}: at byte 0 the header claims {bytes} bytes, but the file has {file.Length} (and at most {SafeTensorsHeader.MaximumBytes} " +
                "are allowed). The file is cut or no safetensors file: fetch or write it again.");
        }

        return (int)bytes;
    }
}
