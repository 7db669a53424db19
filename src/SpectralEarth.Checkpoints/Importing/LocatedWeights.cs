namespace SpectralEarth.Checkpoints.Importing;

/// <summary>The tensors of a foreign file by part and key.</summary>
internal sealed class LocatedWeights
{
    /// <summary>Beginnings of the keys of what follows an encoder.</summary>
    internal const string Decoder = "decoder.", Head = "head.";

    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);
    private readonly ILookup<WeightPart, string> parts;

    /// <param name="file">Weights.</param>
    /// <param name="part">Which encoder is meant.</param>
    /// <exception cref="CheckpointException">Two different tensors claim one key.</exception>
    internal LocatedWeights(WeightFile file, WeightPart part)
    {
        File = file;
        foreach (var name in file.Names)
        {
            var (found, rest) = ReferenceNames.Locate(name);
            var key = found == part ? DescribedModel.EncoderPrefix + rest : found == WeightPart.Decoder ? Decoder + rest
                : found == WeightPart.Head && rest.StartsWith(Head, StringComparison.Ordinal) ? rest : null;
            if (key is not null && !names.TryAdd(key, name) && !AreEqual(name, names[key]))
                throw new CheckpointException($"{file.Path}: tensors \"{name}\" and \"{names[key]}\" both stand for {key}, but differ. Save the model's state dict alone.");
        }

        parts = file.Names.ToLookup(name => ReferenceNames.Locate(name).Part);
    }

    /// <summary>File that holds the tensors.</summary>
    internal WeightFile File { get; }

    /// <summary>Names in the file by key: <c>encoder.*</c> of the encoder that is meant, <c>decoder.*</c>, <c>head.*</c> of a task.</summary>
    internal IReadOnlyDictionary<string, string> Names => names;

    /// <summary>True if some key begins so.</summary>
    internal bool Has(string beginning) => names.Keys.Any(key => key.StartsWith(beginning, StringComparison.Ordinal));

    /// <summary>Shape of the tensor with a key; null if the file has none.</summary>
    internal IReadOnlyList<long>? Shape(string key) => names.TryGetValue(key, out var name) ? File.Shape(name) : null;

    /// <summary>Names by part of those whose keys are not in <paramref name="used"/>.</summary>
    internal IReadOnlyDictionary<WeightPart, IReadOnlyList<string>> LeftOver(IReadOnlySet<string> used)
    {
        var places = used.Select(key => File.Place(names[key])).ToHashSet();
        return parts.Select(part => (part.Key, Names: part.Where(name => !places.Contains(File.Place(name))).ToArray()))
            .Where(part => part.Names.Length > 0).OrderBy(part => part.Key)
            .ToDictionary(part => part.Key, part => (IReadOnlyList<string>)part.Names);
    }

    private bool AreEqual(string one, string other)
    {
        if (File.Place(one) == File.Place(other) && File.Shape(one).SequenceEqual(File.Shape(other)))
            return true;
        using var scope = TorchSharp.torch.NewDisposeScope();
        return File.Shape(one).SequenceEqual(File.Shape(other)) && File.Read(one).equal(File.Read(other)).all().item<bool>();
    }
}
