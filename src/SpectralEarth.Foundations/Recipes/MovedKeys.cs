using System.Reflection;

namespace SpectralEarth.Recipes;

/// <summary>Names keys of a record that were later moved into one of its sections; where they stand outside, they are read as if inside.</summary>
/// <param name="section">Section that holds them now.</param>
/// <param name="keys">The keys.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class MovedKeysAttribute(string section, params string[] keys) : Attribute
{
    /// <summary>Section that holds the keys now.</summary>
    public string Section { get; } = section;

    /// <summary>The keys.</summary>
    public IReadOnlyList<string> Keys { get; } = keys;
}

/// <summary>Brings keys at their former place to their present one, so that recipes of earlier versions go on working.</summary>
internal static class MovedKeys
{
    /// <summary>Moves the keys of a file; a key at both places is a problem.</summary>
    public static void Move(RecipeNode root, Type type, RecipeProblems problems)
    {
        if (root is not RecipeSection section || type.GetCustomAttribute<MovedKeysAttribute>() is not { } moved)
            return;
        foreach (var entry in section.Entries.Where(entry => moved.Keys.Contains(entry.Key)).ToList())
        {
            var inner = section.Find(moved.Section)?.Value;
            if (inner is null or RecipeScalar { IsNull: true })
                section.Set(new RecipeEntry(entry.Place, moved.Section, inner = new RecipeSection(entry.Place)));
            section.Remove(entry.Key);
            if (inner is not RecipeSection target)
                return;                                                         // the binder reports it
            if (target.Find(entry.Key) is { } present)
                problems.Add(entry.Place, $"'{entry.Key}' is the former name of '{moved.Section}.{entry.Key}', which is given at {present.Place}; keep one");
            else
                target.Set(entry);
        }
    }

    /// <summary>The present path of a key in an override.</summary>
    public static string[] PathOf(string[] keys, Type type) =>
        type.GetCustomAttribute<MovedKeysAttribute>() is { } moved && moved.Keys.Contains(keys[0]) ? [moved.Section, .. keys] : keys;
}
