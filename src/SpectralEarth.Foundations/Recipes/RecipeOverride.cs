namespace SpectralEarth.Recipes;

/// <summary>Replaces one key of a recipe from the command line: <c>--set optimizer.learning_rate=1e-3</c>.</summary>
public static class RecipeOverride
{
    /// <summary>Says why a text does not have the form of an override; null where it has.</summary>
    public static string? ProblemOf(string text) =>
        KeysOf(text).All(key => key.Length > 0) ? null : "an override has the form key=value or section.key=value";

    /// <summary>Puts the value of <paramref name="text"/> ("key.sub=value", the value in YAML) into the tree of a recipe.</summary>
    internal static void Apply(string text, RecipeNode root, RecipeProblems problems)
    {
        var place = $"--set {text}";
        if (ProblemOf(text) is { } problem)
        {
            problems.Add(place, problem);
            return;
        }

        // A root that is no section is reported by the binder.
        if (root is not RecipeSection section)
            return;
        var keys = KeysOf(text);
        foreach (var key in keys[..^1])
        {
            var inner = section.Find(key)?.Value;
            if (inner is null or RecipeScalar { IsNull: true })
                section.Set(new RecipeEntry(place, key, inner = new RecipeSection(place)));
            if (inner is not RecipeSection next)
            {
                problems.Add(place, $"'{key}' has no keys of its own; it is set at {inner.Place}");
                return;
            }

            section = next;
        }

        try
        {
            section.Set(new RecipeEntry(place, keys[^1], RecipeParser.ParseValue(text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..], place, problems)));
        }
        catch (RecipeException e)
        {
            problems.Add(e);
        }
    }

    /// <summary>Names of the sections and of the key; one that is empty where there is no equals sign.</summary>
    private static string[] KeysOf(string text) => text[..Math.Max(0, text.IndexOf('=', StringComparison.Ordinal))].Trim().Split('.');
}
