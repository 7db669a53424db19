namespace SpectralEarth.Recipes;

/// <summary>Replaces one key of a recipe from the command line: <c>--set optimizer.learning_rate=1e-3</c>.</summary>
internal static class RecipeOverride
{
    /// <summary>Puts the value of <paramref name="text"/> ("key.sub=value", the value in YAML) into the tree of a recipe of <paramref name="type"/>.</summary>
    public static void Apply(string text, RecipeNode root, Type type, RecipeProblems problems)
    {
        var place = $"--set {text}";
        var split = text.IndexOf('=', StringComparison.Ordinal);
        var keys = split < 0 ? [] : text[..split].Trim().Split('.');
        if (keys.Length == 0 || keys.Any(key => key.Length == 0))
        {
            problems.Add(place, "an override has the form key=value or section.key=value");
            return;
        }

        keys = MovedKeys.PathOf(keys, type);
        // A root that is no section is reported by the binder.
        if (root is not RecipeSection section)
            return;
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
            section.Set(new RecipeEntry(place, keys[^1], RecipeParser.ParseValue(text[(split + 1)..], place, problems)));
        }
        catch (RecipeException e)
        {
            problems.Add(e);
        }
    }
}
