namespace SpectralEarth.Recipes;

/// <summary>A value of a recipe before it has a type.</summary>
/// <param name="Place">Where it was written, for messages: "pretrain.yaml:12" or "--set seed=1".</param>
internal abstract record RecipeNode(string Place);

/// <summary>A single value.</summary>
/// <param name="Place">Where it was written.</param>
/// <param name="Text">The text without quotes.</param>
/// <param name="IsQuoted">True if it was quoted and so cannot be anything but text.</param>
internal sealed record RecipeScalar(string Place, string Text, bool IsQuoted) : RecipeNode(Place)
{
    /// <summary>True for an empty value, <c>~</c> and <c>null</c>.</summary>
    public bool IsNull => !IsQuoted && Text is ("" or "~" or "null" or "Null" or "NULL");
}

/// <summary>A list of values.</summary>
/// <param name="Place">Where it begins.</param>
/// <param name="Items">Its items in order.</param>
internal sealed record RecipeList(string Place, IReadOnlyList<RecipeNode> Items) : RecipeNode(Place);

/// <summary>Keys with values, in the order in which they were written.</summary>
/// <param name="Place">Where it begins.</param>
internal sealed record RecipeSection(string Place) : RecipeNode(Place)
{
    private readonly Dictionary<string, int> positions = [];
    private readonly List<RecipeEntry> entries = [];

    /// <summary>The entries in order.</summary>
    public IReadOnlyList<RecipeEntry> Entries => entries;

    /// <summary>The entry of <paramref name="key"/>, or null.</summary>
    public RecipeEntry? Find(string key) => positions.TryGetValue(key, out var position) ? entries[position] : null;

    /// <summary>Sets or replaces the value of a key.</summary>
    public void Set(RecipeEntry entry)
    {
        if (positions.TryAdd(entry.Key, entries.Count))
            entries.Add(entry);
        else
            entries[positions[entry.Key]] = entry;
    }
}

/// <summary>A key and its value.</summary>
/// <param name="Place">Where the key was written.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value.</param>
internal sealed record RecipeEntry(string Place, string Key, RecipeNode Value);
