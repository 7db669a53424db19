using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Checkpoints;

/// <summary>Copies weights into modules by name, strictly.</summary>
public static class WeightLoader
{
    /// <summary>
    /// Copies every tensor of <paramref name="file"/> whose key begins with <paramref name="prefix"/> into the
    /// parameter or buffer of <paramref name="module"/> with the rest of the key. Nothing is copied unless all fit.
    /// </summary>
    /// <param name="module">Where to copy to; on any device, of any floating type.</param>
    /// <param name="file">Weights.</param>
    /// <param name="prefix">Beginning of the keys meant, for example "model.encoder.".</param>
    /// <exception cref="CheckpointException">Lists all missing, unexpected and reshaped keys.</exception>
    public static void Load(Module module, WeightFile file, string prefix = "") => Load(module.state_dict(), file, prefix);

    /// <summary>
    /// The same for parameters and buffers by name; file keys that begin (after the prefix) with one of <paramref name="ignored"/>,
    /// for example "vit_core.head.", are passed over.
    /// </summary>
    internal static void Load(IReadOnlyDictionary<string, Tensor> targets, WeightFile file, string prefix, params IReadOnlyList<string> ignored)
    {
        var found = file.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => name[prefix.Length..])
            .Where(name => !ignored.Any(beginning => name.StartsWith(beginning, StringComparison.Ordinal))).ToHashSet(StringComparer.Ordinal);
        Check(file, prefix, targets, found);
        foreach (var (key, target) in targets)
            file.ReadInto(prefix + key, target);
    }

    private static void Check(WeightFile file, string prefix, IReadOnlyDictionary<string, Tensor> targets, HashSet<string> found)
    {
        var faults = targets.Keys.Where(key => !found.Contains(key)).Select(key => $"missing: {prefix}{key}")
            .Concat(found.Where(key => !targets.ContainsKey(key)).Order(StringComparer.Ordinal).Select(key => $"unexpected: {prefix}{key}"))
            .Concat(targets.Keys.Where(found.Contains).SelectMany(key => Mismatch(file, prefix + key, targets[key])))
            .ToArray();
        if (faults.Length == 0)
            return;
        const int shown = 20;
        var more = faults.Length > shown ? $"\n  ... and {faults.Length - shown} more" : "";
        throw new CheckpointException(
            $"{file.Path}: the weights do not fit the model in {faults.Length} of {targets.Count} keys:\n  " +
            string.Join("\n  ", faults.Take(shown)) + more +
            "\nUse a checkpoint of the same architecture, or a recipe with the checkpoint's shape.");
    }

    private static IEnumerable<string> Mismatch(WeightFile file, string name, Tensor target)
    {
        var shape = file.Shape(name);
        if (!shape.SequenceEqual(target.shape))
            yield return $"reshaped: {name} is [{string.Join(", ", shape)}], the model has [{string.Join(", ", target.shape)}]";
        if (IsFloating(file.Type(name)) != target.is_floating_point())
            yield return $"of another kind: {name} is {file.Type(name)}, the model has {target.dtype}";
    }

    private static bool IsFloating(ScalarType type) =>
        type is ScalarType.Float64 or ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16;
}
