using System.Reflection;

namespace SpectralEarth.Recipes;

/// <summary>Fills typed records from nodes; notes every problem and goes on, so that all are reported at once.</summary>
internal sealed class RecipeBinder(RecipeProblems problems)
{
    /// <summary>So many unknown keys are no slips.</summary>
    private const int ManyUnknown = 3;

    private const string ListForm = "a list such as [1, 2]";

    /// <summary>Makes a record of <paramref name="type"/>; null if anything in it is wrong.</summary>
    /// <param name="node">Its section.</param>
    /// <param name="type">A record.</param>
    /// <param name="path">Dotted key of the section, empty for the root.</param>
    /// <param name="present">What the owner of the section has there: it keeps the values of keys that are not given. Null takes the type's defaults.</param>
    public object? Record(RecipeNode node, Type type, string path, object? present = null)
    {
        if (node is not RecipeSection section)
        {
            problems.Add(node.Place, $"{Subject(path)} must be a section of keys, but is {Describe(node)}");
            return null;
        }

        var (shape, before) = (RecipeShape.Of(type), problems.Count);
        present ??= shape.Default();
        var values = new Dictionary<RecipeKey, object?>();
        var (unknown, areListed) = (0, false);
        foreach (var entry in section.Entries)
        {
            if (shape.ByName.TryGetValue(entry.Key, out var key))
            {
                values[key] = Value(entry.Value, key.Type, Join(path, entry.Key), key.ValueIn(present));
                continue;
            }

            // All keys of a section are listed once.
            var meant = Meant(shape, path, entry.Key);
            var hint = meant is not null ? $"; did you mean '{meant}'?" : areListed ? "" : $"; {NearestName.Hint([.. shape.ByName.Keys], entry.Key)}";
            areListed |= meant is null;
            unknown++;
            problems.Add(entry.Place, $"unknown key '{Join(path, entry.Key)}'{hint}");
        }

        if (path.Length == 0 && unknown >= ManyUnknown)
            problems.Add(section.Place, $"{unknown} of {section.Entries.Count} keys are unknown. Is this a file for another verb?");

        foreach (var key in shape.Keys.Where(key => key.IsRequired && !values.ContainsKey(key)))
            problems.Add(section.Place, $"key '{Join(path, key.Name)}' is missing; it must be {Describe(key.Type)}");
        foreach (var key in shape.Keys.Where(key => present is not null && !values.ContainsKey(key)))
            values[key] = key.ValueIn(present);
        return problems.Count == before ? Create(shape, values, section, path) : null;
    }

    private object? Create(RecipeShape shape, Dictionary<RecipeKey, object?> values, RecipeSection section, string path)
    {
        try
        {
            return shape.Create(values);
        }
        catch (TargetInvocationException e) when (e.InnerException is ArgumentException or FormatException)
        {
            problems.Add(section.Place, $"{Subject(path)} cannot be used: {e.InnerException.Message}");
            return null;
        }
    }

    private object? Value(RecipeNode node, NullabilityInfo type, string path, object? present = null)
    {
        if (node is RecipeScalar { IsNull: true } && RecipeTypes.AllowsNull(type))
            return null;
        if (RecipeTypes.ListItem(type) is { } item)
            return List(node, item, path);
        var plain = RecipeTypes.WithoutNull(type.Type);
        return RecipeValues.IsScalar(plain) ? Scalar(node, plain, path) : Record(node, plain, path, present);
    }

    private object? Scalar(RecipeNode node, Type type, string path)
    {
        if (node is RecipeScalar scalar && !scalar.IsNull && RecipeValues.Parse(scalar, type) is { } value)
            return value;
        var hint = type.IsEnum && node is RecipeScalar { IsNull: false } text
            && NearestName.Among(RecipeValues.EnumNames(type).Keys, text.Text) is { } nearest ? $"; did you mean '{nearest}'?" : "";
        problems.Add(node.Place, $"{Subject(path)} must be {RecipeValues.Describe(type)}, but is {Describe(node)}{hint}");
        return null;
    }

    private Array? List(RecipeNode node, NullabilityInfo item, string path)
    {
        if (node is not RecipeList list)
        {
            problems.Add(node.Place, $"{Subject(path)} must be {ListForm}, but is {Describe(node)}");
            return null;
        }

        var before = problems.Count;
        var values = list.Items.Select((value, index) => Value(value, item, $"{path}[{index}]")).ToArray();
        if (problems.Count > before)
            return null;
        var array = Array.CreateInstance(item.Type, values.Length);
        values.CopyTo(array, 0);
        return array;
    }

    /// <summary>The nearest key of the section, else the nearest one of a section inside it, else null.</summary>
    private static string? Meant(RecipeShape shape, string path, string name) =>
        NearestName.Among(shape.ByName.Keys, name) ?? (shape.Keys.SelectMany(key => Inside(key, name)).FirstOrDefault() is { } inner ? Join(path, inner) : null);

    private static IEnumerable<string> Inside(RecipeKey section, string name)
    {
        var type = RecipeTypes.WithoutNull(section.Type.Type);
        var isSection = RecipeTypes.ListItem(section.Type) is null && !RecipeValues.IsScalar(type);
        return isSection && NearestName.Among(RecipeShape.Of(type).ByName.Keys, name) is { } nearest ? [$"{section.Name}.{nearest}"] : [];
    }

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static string Subject(string path) => path.Length == 0 ? "the recipe" : $"'{path}'";

    private static string Describe(NullabilityInfo type)
    {
        if (RecipeTypes.ListItem(type) is not null)
            return ListForm;
        var plain = RecipeTypes.WithoutNull(type.Type);
        return RecipeValues.IsScalar(plain) ? RecipeValues.Describe(plain) : "a section of keys";
    }

    private static string Describe(RecipeNode node) => node switch
    {
        RecipeScalar { IsNull: true } => "empty",
        RecipeScalar { IsQuoted: true } scalar => $"the quoted text \"{Shortened(scalar.Text)}\"",
        RecipeScalar scalar => $"'{Shortened(scalar.Text)}'",
        RecipeList => "a list",
        _ => "a section of keys",
    };

    private static string Shortened(string text) => text.Length <= 60 ? text : text[..60] + "...";
}
