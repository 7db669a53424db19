using SpectralEarth.Checkpoints.SafeTensors;
using SpectralEarth.Storage;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints;

/// <summary>A file of named tensors, whatever its format: opening checks its structure, tensors are read only when asked for.</summary>
public abstract class WeightFile : IDisposable
{
    private readonly IReadOnlyDictionary<string, StoredTensor> tensors;
    private bool disposed;

    private protected WeightFile(
        string path, string format, IReadOnlyDictionary<string, StoredTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        (Path, Format, this.tensors, Metadata) = (path, format, tensors, metadata);
        Names = [.. tensors.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Name of the format, for people.</summary>
    public string Format { get; }

    /// <summary>Names of all tensors, in ordinal order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Plain values stored beside the tensors, as text; those of PyTorch files by their path, for example <c>hyper_parameters.depth</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>
    /// Opens weights in any known format, recognised by content: safetensors, its sharded index
    /// (<c>*.safetensors.index.json</c>), PyTorch's zip and legacy files.
    /// </summary>
    /// <exception cref="CheckpointException">There is no such file, it is of another format, or breaks a rule of its format.</exception>
    public static WeightFile Open(string path)
    {
        if (path.EndsWith(ShardedSafeTensors.IndexSuffix, StringComparison.Ordinal))
            return ShardedSafeTensors.Open(path);
        return PyTorchFile.Recognizes(path) ? PyTorchFile.Open(path) : SafeTensorsFile.Open(path);
    }

    /// <summary>Shape of a tensor.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public IReadOnlyList<long> Shape(string name) => Entry(name).Shape;

    /// <summary>Number type of a tensor.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public ScalarType Type(string name) => Entry(name).Type;

    /// <summary>Where a tensor lies: names with equal places share their numbers.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public (string File, long Offset) Place(string name) => (Entry(name).File.Path, Entry(name).Offset);

    /// <summary>Reads the whole file and compares it with the checksums that it carries; a file without any passes.</summary>
    /// <exception cref="CheckpointException">They differ: the file is damaged.</exception>
    public abstract void VerifyChecksums();

    /// <summary>Copies a tensor into memory of its own, on the CPU, in C order; the caller disposes it.</summary>
    /// <exception cref="CheckpointException">There is no such tensor, or a truth value is neither 0 nor 1.</exception>
    public Tensor Read(string name)
    {
        var entry = Entry(name);
        var tensor = empty([.. entry.Shape], entry.Type);
        TensorBytes.ForEachPart(tensor, part => FreshMemory.Expect(part));
        ReadInto(name, tensor);
        return tensor;
    }

    /// <summary>Copies a tensor into <paramref name="target"/>, converting to its type and device.</summary>
    /// <exception cref="CheckpointException">As <see cref="Read"/>, or the target has another shape.</exception>
    public void ReadInto(string name, Tensor target)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var entry = Entry(name);
        if (!entry.Shape.SequenceEqual(target.shape))
        {
            throw new CheckpointException(
                $"{Path}: tensor \"{name}\" is [{string.Join(", ", entry.Shape)}], but [{string.Join(", ", target.shape)}] is needed. Use weights of the same architecture.");
        }

        entry.CopyTo(target, name);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the files that hold the tensors.</summary>
    private protected abstract void Close();

    internal StoredTensor Entry(string name) => tensors.TryGetValue(name, out var entry)
        ? entry
        : throw new CheckpointException($"{Path}: there is no tensor \"{name}\" among {Names.Count}. Use a checkpoint of the same model.");
}
