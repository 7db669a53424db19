namespace SpectralEarth.Recipes;

/// <summary>Finds the name that a mistyped one was meant to be.</summary>
public static class NearestName
{
    /// <summary>
    /// The candidate with the smallest edit distance to <paramref name="name"/> (the first of equals), or null if even
    /// that differs in more than 2 characters and more than a third of the name.
    /// </summary>
    public static string? Among(IEnumerable<string> candidates, string name)
    {
        var nearest = candidates
            .Select(candidate => (Name: candidate, Distance: Distance(name, candidate)))
            .OrderBy(pair => pair.Distance)
            .FirstOrDefault();
        return nearest.Name is not null && nearest.Distance <= Math.Max(2, name.Length / 3) ? nearest.Name : null;
    }

    /// <summary>Fewest insertions, deletions and replacements that turn one name into the other (Levenshtein 1966).</summary>
    internal static int Distance(string from, string to)
    {
        var previous = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var row = 1; row <= from.Length; row++)
        {
            var current = new int[to.Length + 1];
            current[0] = row;
            for (var column = 1; column <= to.Length; column++)
            {
                var replaced = previous[column - 1] + (from[row - 1] == to[column - 1] ? 0 : 1);
                current[column] = Math.Min(replaced, Math.Min(previous[column], current[column - 1]) + 1);
            }

            previous = current;
        }

        return previous[to.Length];
    }

    /// <summary>The hint that ends a message about an unknown name: the nearest valid one, or all of them.</summary>
    public static string Hint(IReadOnlyCollection<string> candidates, string name) =>
        candidates.Count == 0 ? "nothing is allowed here"
        : Among(candidates, name) is { } nearest ? $"did you mean '{nearest}'?"
        : $"valid here: {string.Join(", ", candidates)}";
}
