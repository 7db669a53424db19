using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using SpectralEarth.Checkpoints.Pickle;

namespace SpectralEarth.Checkpoints.PyTorch;

/// <summary>
/// The file format of PyTorch 0.1.10 to 1.5: a row of pickles (magic number, protocol version, machine, the object, keys
/// of the storages), then of each storage its length and numbers (torch/serialization.py, <c>_legacy_save</c>).
/// </summary>
internal sealed class LegacyTorch
{
    private const long Protocol = 1001;
    private static readonly BigInteger Magic = BigInteger.Parse("1950a86a20f9469cfc6c", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private readonly MappedFile file;
    private readonly TorchMeaning meaning = new();
    private long position;

    private LegacyTorch(MappedFile file) => this.file = file;

    /// <summary>Reads the object and finds its storages.</summary>
    /// <exception cref="CheckpointException">The file is damaged, of another format, or holds what is not known.</exception>
    internal static StateTree Read(MappedFile file)
    {
        var reader = new LegacyTorch(file);
        if (reader.Next() is not BigInteger magic || magic != Magic)
            throw reader.Fault("this pickle is no file of torch.save: the magic number is missing");
        if (reader.Next() is not Protocol)
            throw reader.Fault($"the version of the format is not {Protocol}");
        if (reader.Next() is not PickleDictionary machine || machine.Items.GetValueOrDefault("little_endian") is not true)
            throw reader.Fault("the file was not written on a little-endian machine");
        var root = reader.Next();
        reader.Place(reader.Next() as PickleSequence ?? throw reader.Fault("the list of storages is missing"));
        return StateTree.Of(root, file.Path);
    }

    private object? Next()
    {
        var bytes = (int)Math.Min(file.Length - position, PickleLimits.Bytes);
        var (value, end) = file.Look(position, bytes, pickle => PickleReader.Read(pickle, position, file.Path, meaning));
        position = end;
        return value;
    }

    private void Place(PickleSequence keys)
    {
        foreach (var key in keys.Items)
        {
            if (key is not string name || !meaning.Storages.TryGetValue(name, out var storage) || storage.Offset is not null)
                throw Fault($"storage '{key}' is listed, but no tensor uses it, or it is listed twice");
            var count = file.Length - position >= 8 ? file.Look(position, 8, BinaryPrimitives.ReadInt64LittleEndian) : -1;
            if (count != storage.Count)
                throw Fault($"storage '{name}' has {count} numbers here, but {storage.Count} in the pickle");
            var bytes = (UInt128)count * (ulong)SafeTensors.NumberType.Bytes(storage.Type);
            if (bytes > (UInt128)(file.Length - position - 8))
                throw Fault($"storage '{name}' of {bytes} bytes reaches beyond the end of the file");
            storage.Offset = position + 8;
            position += 8 + (long)bytes;
        }

        if (meaning.Storages.Values.FirstOrDefault(storage => storage.Offset is null) is { } missing)
            throw Fault($"storage '{missing.Key}' is missing");
    }

    private CheckpointException Fault(string fault) => PickleFault.At(file.Path, position, fault);
}
