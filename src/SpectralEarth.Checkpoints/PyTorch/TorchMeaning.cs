using SpectralEarth.Checkpoints.Pickle;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints.PyTorch;

/// <summary>
/// The only names that a PyTorch file may mention: those that state dicts and Lightning checkpoints of plain settings are
/// made of. Calls make tensors out of storages, and nothing else.
/// </summary>
internal sealed class TorchMeaning : IPickleMeaning
{
    private static readonly Dictionary<string, ScalarType> StorageTypes = new(StringComparer.Ordinal)
    {
        ["FloatStorage"] = ScalarType.Float32,
        ["DoubleStorage"] = ScalarType.Float64,
        ["HalfStorage"] = ScalarType.Float16,
        ["BFloat16Storage"] = ScalarType.BFloat16,
        ["LongStorage"] = ScalarType.Int64,
        ["IntStorage"] = ScalarType.Int32,
        ["ShortStorage"] = ScalarType.Int16,
        ["CharStorage"] = ScalarType.Int8,
        ["ByteStorage"] = ScalarType.Byte,
        ["BoolStorage"] = ScalarType.Bool,
    };

    private readonly Dictionary<string, TorchStorage> storages = new(StringComparer.Ordinal);

    /// <summary>Things that can be called.</summary>
    private enum Callee
    {
        OrderedDict,
        RebuildTensor,
        RebuildParameter,
    }

    /// <summary>Storages mentioned so far, by key.</summary>
    internal IReadOnlyDictionary<string, TorchStorage> Storages => storages;

    /// <summary>Name of a number type's storage; null if there is none.</summary>
    internal static string? StorageName(ScalarType type) => StorageTypes.FirstOrDefault(pair => pair.Value == type).Key;

    /// <inheritdoc/>
    public object Find(string module, string name) => (module, name) switch
    {
        ("collections", "OrderedDict") => Callee.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2") => Callee.RebuildTensor,
        ("torch._utils", "_rebuild_parameter") => Callee.RebuildParameter,
        ("torch", _) when StorageTypes.TryGetValue(name, out var type) => type,
        _ => throw new FormatException($"'{module}.{name}' is refused"),
    };

    /// <inheritdoc/>
    public object? Call(object? callee, PickleSequence arguments) => (callee, arguments.Items) switch
    {
        (Callee.OrderedDict, []) => new PickleDictionary(),
        (Callee.RebuildParameter, [TorchTensor tensor, bool, PickleDictionary]) => tensor,
        (Callee.RebuildTensor, [TorchStorage storage, long first, PickleSequence shape, PickleSequence strides, bool, PickleDictionary, .. var more])
            when more.Count == 0 || more is [null or PickleDictionary] =>
            new TorchTensor(storage, first, Sizes(shape), Sizes(strides)).Checked(),
        (Callee known, _) => throw new FormatException($"{known} is called with other arguments than PyTorch writes"),
        _ => throw new FormatException("a call of something that is no known function is refused"),
    };

    /// <inheritdoc/>
    public object Resolve(object? id)
    {
        if (id is not PickleSequence { IsTuple: true } tuple)
            throw new FormatException("a persistent id that names no storage is refused");
        return tuple.Items switch
        {
            ["storage", ScalarType type, string key, string, long count] => Storage(key, type, count),
            ["storage", ScalarType type, string key, string, long count, null] => Storage(key, type, count),
            ["storage", _, string key, _, _, not null] => throw new FormatException($"storage '{key}' is a view of another one, as PyTorch before 0.4 wrote; this is refused"),
            [string kind, ..] => throw new FormatException($"a persistent id of kind '{kind}' is refused"),
            _ => throw new FormatException("a persistent id that names no storage is refused"),
        };
    }

    private TorchStorage Storage(string key, ScalarType type, long count)
    {
        var storage = new TorchStorage(key, type, count);
        if (count < 0)
            throw new FormatException($"storage '{key}' has {count} numbers");
        if (storages.TryGetValue(key, out var known))
            return known == storage ? known : throw new FormatException($"storage '{key}' is described in two ways");
        storages.Add(key, storage);
        return storage;
    }

    private static long[] Sizes(PickleSequence sequence) => [.. sequence.Items.Select(item =>
        item is long size ? size : throw new FormatException("a tensor has a size that is no whole number"))];
}
