using System.Text;
using SpectralEarth.Checkpoints.Pickle;
using SpectralEarth.Checkpoints.PyTorch;
using SpectralEarth.Storage;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints;

/// <summary>
/// Weights that <c>torch.save</c> wrote (<c>.pth</c>, <c>.pt</c>, <c>.ckpt</c>), zip and legacy form, read without Python by
/// a restricted unpickler that knows tensors and plain containers only.
/// </summary>
public sealed class PyTorchFile : WeightFile
{
    private const string PickleName = "data.pkl";

    private static readonly byte[] ZipStart = "PK\x03\x04"u8.ToArray();
    private static readonly byte[] PickleStart = [0x80];

    private static readonly IReadOnlyDictionary<string, ZipEntry> NoEntries = new Dictionary<string, ZipEntry>();

    private readonly MappedFile file;
    private readonly IReadOnlyDictionary<string, ZipEntry> entries;

    private PyTorchFile(
        MappedFile file, string format, StateTree tree, IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, ZipEntry> entries)
        : base(file.Path, format, tree.Tensors.ToDictionary(pair => pair.Key, pair => Stored(file, pair.Value)), metadata) =>
        (this.file, this.entries) = (file, entries);

    /// <summary>True if the file begins as PyTorch files do.</summary>
    /// <exception cref="CheckpointException">There is no such file, or it is empty.</exception>
    public static bool Recognizes(string path)
    {
        using var file = MappedFile.Open(path, minimum: 1);
        return Begins(file, ZipStart) || (Begins(file, PickleStart) && !Begins(file, [0x80, 0, 0, 0])) || IsTar(file);
    }

    /// <summary>Opens a file and reads everything but the numbers of its tensors.</summary>
    /// <exception cref="CheckpointException">There is no such file, it is damaged, or it holds more than tensors and plain
    /// values; the message names the byte and what stands there.</exception>
    public static new PyTorchFile Open(string path)
    {
        var file = MappedFile.Open(path, minimum: 1);
        try
        {
            if (Begins(file, ZipStart))
                return OpenZip(file);
            if (IsTar(file))
                throw Refused(file, 257, "the tar form of PyTorch before 0.1.10 is refused");
            var tree = LegacyTorch.Read(file);
            return new PyTorchFile(file, "PyTorch, legacy", tree, tree.Values, NoEntries);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes a plain state dict that <c>torch.load(path, weights_only=True)</c> opens: zip, entries stored and aligned to 64
    /// bytes. Equal tensors and metadata give equal bytes.
    /// </summary>
    /// <param name="path">File to write or replace.</param>
    /// <param name="tensors">Tensors by name; the file keeps their ordinal order.</param>
    /// <param name="metadata">Texts by name, kept beside the state dict where PyTorch does not look.</param>
    /// <exception cref="IOException">The folder is read-only or the disk is full; a previous file is untouched.</exception>
    /// <exception cref="NotSupportedException">A tensor has a type that PyTorch files lack.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        AtomicFile.Write(path, stream => PyTorchWriter.Write(stream, tensors, metadata ?? new Dictionary<string, string>()));

    /// <inheritdoc/>
    public override void VerifyChecksums()
    {
        foreach (var (name, entry) in entries.Where(pair => pair.Value.Crc32 != 0))
        {
            var found = file.Crc32Of(entry.Offset, entry.Bytes);
            if (found != entry.Crc32)
                throw Refused(file, entry.Offset, $"entry \"{name}\" has CRC-32 {found:x8}, but the zip directory says {entry.Crc32:x8}; the file is damaged: fetch it again");
        }
    }

    private protected override void Close() => file.Dispose();

    private static PyTorchFile OpenZip(MappedFile file)
    {
        var entries = ZipDirectory.Read(file).Entries;
        var pickles = entries.Keys.Where(name => name == PickleName || name.EndsWith("/" + PickleName, StringComparison.Ordinal)).ToArray();
        if (pickles.Length != 1)
            throw Refused(file, 0, $"the zip file has {pickles.Length} entries \"{PickleName}\", but torch.save writes one");
        var folder = pickles[0][..^PickleName.Length];
        if (entries.ContainsKey(folder + "constants.pkl"))
            throw Refused(file, 0, "this is a TorchScript archive (entry \"constants.pkl\"), a program and not a state dict");
        if (entries.TryGetValue(folder + "byteorder", out var order) && order.Bytes < 16 && Text(file, order) is not "little" and var other)
            throw Refused(file, order.Offset, $"the byte order (entry \"byteorder\") is '{other}'; only little-endian files are read");

        var (start, bytes, _) = entries[pickles[0]];
        if (bytes > PickleLimits.Bytes)
            throw Refused(file, start, $"entry \"{pickles[0]}\" has {bytes} bytes; at most {PickleLimits.Bytes} are allowed");
        var meaning = new TorchMeaning();
        var root = file.Look(start, (int)bytes, pickle => PickleReader.Read(pickle, start, file.Path, meaning).Value);
        foreach (var storage in meaning.Storages.Values)
            storage.Offset = Place(file, entries, $"{folder}data/{storage.Key}", storage);
        var tree = StateTree.Of(root, file.Path);
        return new PyTorchFile(file, "PyTorch, zip", tree, WithExtras(file, entries, folder + PyTorchWriter.ExtraFolder, tree.Values), entries);
    }

    private static long Place(MappedFile file, IReadOnlyDictionary<string, ZipEntry> entries, string name, TorchStorage storage)
    {
        if (!entries.TryGetValue(name, out var entry))
            throw Refused(file, 0, $"entry \"{name}\", which holds a tensor's numbers, is missing");
        var expected = (UInt128)storage.Count * (ulong)SafeTensors.NumberType.Bytes(storage.Type);
        return expected == (UInt128)entry.Bytes ? entry.Offset
            : throw Refused(file, entry.Offset, $"entry \"{name}\" has {entry.Bytes} bytes, but {storage.Count} numbers of type {storage.Type} need {expected}");
    }

    private static Dictionary<string, string> WithExtras(
        MappedFile file, IReadOnlyDictionary<string, ZipEntry> entries, string folder, IReadOnlyDictionary<string, string> values)
    {
        var all = new Dictionary<string, string>(values, StringComparer.Ordinal);
        foreach (var (name, entry) in entries.Where(entry => entry.Key.StartsWith(folder, StringComparison.Ordinal) && entry.Value.Bytes <= PickleLimits.Text))
            all[name[folder.Length..]] = Text(file, entry);
        return all;
    }

    private static string Text(MappedFile file, ZipEntry entry) => file.Look(entry.Offset, (int)entry.Bytes, Encoding.UTF8.GetString);

    private static StoredTensor Stored(MappedFile file, TorchTensor tensor)
    {
        var offset = tensor.Storage.Offset!.Value + (tensor.First * SafeTensors.NumberType.Bytes(tensor.Storage.Type));
        return new StoredTensor(file, offset, tensor.Storage.Type, tensor.Shape, tensor.IsContiguous() ? null : tensor.Strides);
    }

    private static bool Begins(MappedFile file, byte[] start) => file.Length >= start.Length && file.Look(0, start.Length, bytes => bytes.SequenceEqual(start));

    private static bool IsTar(MappedFile file) => file.Length > 262 && file.Look(257, 5, bytes => bytes.SequenceEqual("ustar"u8));

    private static CheckpointException Refused(MappedFile file, long offset, string fault) => PickleFault.At(file.Path, offset, fault);
}
