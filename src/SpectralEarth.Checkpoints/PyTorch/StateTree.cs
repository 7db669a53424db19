using System.Globalization;
using SpectralEarth.Checkpoints.Pickle;

namespace SpectralEarth.Checkpoints.PyTorch;

/// <summary>
/// The tensors and plain values of a checkpoint by their paths (<c>optimizer.state.0.exp_avg</c>). The entries of a
/// Lightning checkpoint's <c>state_dict</c> go by their own names.
/// </summary>
internal sealed class StateTree
{
    private const int Most = 200_000;
    private const string StateDict = "state_dict";

    private readonly string path;
    private readonly Dictionary<string, TorchTensor> tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);
    private int visited;

    private StateTree(string path) => this.path = path;

    /// <summary>Tensors by path.</summary>
    internal IReadOnlyDictionary<string, TorchTensor> Tensors => tensors;

    /// <summary>Numbers, truth values and texts by path.</summary>
    internal IReadOnlyDictionary<string, string> Values => values;

    /// <summary>Walks through what a pickle held.</summary>
    /// <exception cref="CheckpointException">It is no dict, holds too much or one path twice.</exception>
    internal static StateTree Of(object? root, string path)
    {
        if (root is not PickleDictionary dictionary)
            throw new CheckpointException($"{path}: entry \"\" (the whole file) is no dict of tensors. Save a state dict: torch.save(model.state_dict(), ...).");
        var tree = new StateTree(path);
        foreach (var (key, value) in dictionary.Items)
        {
            if (key is StateDict && value is PickleDictionary)
                tree.Add("", value, 1);
            else
                tree.Add(Text(key), value, 1);
        }

        return tree;
    }

    private void Add(string name, object? value, int depth)
    {
        if (++visited > Most || depth > PickleLimits.Depth)
            throw new CheckpointException($"{path}: entry \"{name}\" is one of more than {Most}, or lies deeper than {PickleLimits.Depth}. Save the state dict alone.");
        switch (value)
        {
            case TorchTensor tensor when !tensors.TryAdd(name, tensor):
                throw new CheckpointException($"{path}: tensor \"{name}\" occurs twice. Save the state dict alone.");
            case PickleDictionary dictionary:
                foreach (var (key, inner) in dictionary.Items)
                    Add(Joined(name, Text(key)), inner, depth + 1);
                break;
            case PickleSequence sequence:
                for (var i = 0; i < sequence.Items.Count; i++)
                    Add(Joined(name, Text((long)i)), sequence.Items[i], depth + 1);
                break;
            case string or IFormattable or bool:
                values[name] = Text(value);
                break;
        }
    }

    private static string Joined(string name, string key) => name.Length == 0 ? key : $"{name}.{key}";

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
