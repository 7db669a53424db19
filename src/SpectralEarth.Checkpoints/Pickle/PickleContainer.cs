namespace SpectralEarth.Checkpoints.Pickle;

/// <summary>A value that holds values. Depth counts containers inside one another at the time they were put in.</summary>
internal abstract class PickleContainer
{
    /// <summary>1 for a container without containers.</summary>
    internal int Depth { get; private set; } = 1;

    /// <summary>Notes that <paramref name="value"/> is put in.</summary>
    /// <exception cref="FormatException">This nests too deeply.</exception>
    internal void Accept(object? value)
    {
        if (value is PickleContainer inner)
            Depth = Math.Max(Depth, inner.Depth + 1);
        if (Depth > PickleLimits.Depth)
            throw new FormatException($"containers nest deeper than {PickleLimits.Depth}");
    }
}

/// <summary>A Python list or tuple.</summary>
internal sealed class PickleSequence(bool isTuple) : PickleContainer
{
    /// <summary>Whether it is a tuple.</summary>
    internal bool IsTuple => isTuple;

    /// <summary>Values in order.</summary>
    internal List<object?> Items { get; } = [];
}

/// <summary>A Python dict or OrderedDict; keys are texts and whole numbers.</summary>
internal sealed class PickleDictionary : PickleContainer
{
    /// <summary>Values by key, in order of insertion.</summary>
    internal OrderedDictionary<object, object?> Items { get; } = [];
}

/// <summary>Gives meaning to the names, calls and references of a pickle. Faults are thrown as <see cref="FormatException"/>.</summary>
internal interface IPickleMeaning
{
    /// <summary>The object called <paramref name="module"/>.<paramref name="name"/>.</summary>
    /// <exception cref="FormatException">It is not one of the few that are known.</exception>
    object Find(string module, string name);

    /// <summary>The result of calling a known object.</summary>
    /// <exception cref="FormatException">It cannot be called, or not so.</exception>
    object? Call(object? callee, PickleSequence arguments);

    /// <summary>The object behind a persistent id.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    object Resolve(object? id);
}
