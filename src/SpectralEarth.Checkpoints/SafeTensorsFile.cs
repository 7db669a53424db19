using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints;

/// <summary>A safetensors file, read through a memory map.</summary>
public sealed class SafeTensorsFile : IDisposable
{
    /// <summary>Metadata key of the checksum of the data section: XXH3, 16 hexadecimal digits.</summary>
    public const string ChecksumKey = "spectralearth.checksum";

    private SafeTensorsFile()
    {
    }

    /// <summary>Full path.</summary>
    public string Path => throw new NotImplementedException();

    /// <summary>Names of all tensors, in ordinal order.</summary>
    public IReadOnlyList<string> Names => throw new NotImplementedException();

    /// <summary>Metadata entries.</summary>
    public IReadOnlyDictionary<string, string> Metadata => throw new NotImplementedException();

    /// <summary>Opens a file and checks its header completely.</summary>
    /// <exception cref="CheckpointException">The file breaks a rule of the format.</exception>
    public static SafeTensorsFile Open(string path) => throw new NotImplementedException();

    /// <summary>Writes tensors atomically; equal tensors and metadata give equal bytes.</summary>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        throw new NotImplementedException();

    /// <summary>Shape of a tensor.</summary>
    public IReadOnlyList<long> Shape(string name) => throw new NotImplementedException();

    /// <summary>Number type of a tensor.</summary>
    public ScalarType Type(string name) => throw new NotImplementedException();

    /// <summary>Copies a tensor into memory of its own, on the CPU; the caller disposes it.</summary>
    public Tensor Read(string name) => throw new NotImplementedException();

    /// <summary>Compares the data with the checksum in the metadata.</summary>
    /// <exception cref="CheckpointException">They differ, or there is no checksum.</exception>
    public void VerifyChecksum() => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}
