namespace SpectralEarth.Recipes;

/// <summary>A record inside a recipe that knows its own rules.</summary>
public interface IRecipePart
{
    /// <summary>Adds the rules of this part; their messages begin with a key of the part.</summary>
    void AddRules(RuleBook rules);
}

/// <summary>Collects all broken rules of a recipe, or of another file of settings, before it is refused.</summary>
/// <param name="heading">What the list of broken rules begins with.</param>
public sealed class RuleBook(string heading = "The recipe cannot run:")
{
    private readonly List<string> broken = [];

    /// <summary>Messages of the rules that do not hold, in the order in which they were noted.</summary>
    public IReadOnlyList<string> Broken => broken;

    /// <summary>Returns <paramref name="part"/> if it breaks none of its rules.</summary>
    /// <exception cref="RecipeException">Lists all broken rules.</exception>
    public static T Accepted<T>(T part)
        where T : IRecipePart
    {
        var rules = new RuleBook();
        part.AddRules(rules);
        return rules.Accept(part);
    }

    /// <summary>Notes <paramref name="message"/> unless <paramref name="holds"/>.</summary>
    public void Require(bool holds, string message)
    {
        if (!holds)
            broken.Add(message);
    }

    /// <summary>Notes a broken rule unless <paramref name="value"/> is above 0 and finite, or null where the key may be.</summary>
    /// <param name="value">Value of the key.</param>
    /// <param name="key">Key that the message begins with.</param>
    public void RequirePositive(double? value, string key) =>
        Require(value is null or (> 0 and < double.PositiveInfinity), $"{key} must be positive and finite but is {value}.");

    /// <summary>Adds the broken rules of <paramref name="part"/>, prefixed with its <paramref name="key"/> and a point.</summary>
    public void Include(string key, IRecipePart part) => Section(key, part.AddRules);

    /// <summary>Adds the broken rules that <paramref name="addRules"/> finds, prefixed with <paramref name="key"/> and a point.</summary>
    public void Section(string key, Action<RuleBook> addRules)
    {
        var rules = new RuleBook();
        addRules(rules);
        broken.AddRange(rules.broken.Select(rule => $"{key}.{rule}"));
    }

    /// <summary>Returns <paramref name="recipe"/> if no rule is broken.</summary>
    /// <exception cref="RecipeException">Lists all broken rules.</exception>
    public T Accept<T>(T recipe) => broken.Count == 0
        ? recipe
        : throw new RecipeException($"{heading}\n" + string.Join("\n", broken.Select(rule => "  - " + rule)));
}
