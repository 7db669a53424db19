namespace SpectralEarth.Recipes;

/// <summary>Collects all broken rules of a recipe before it is refused.</summary>
public sealed class RuleBook
{
    private readonly List<string> broken = [];

    /// <summary>Notes <paramref name="message"/> unless <paramref name="holds"/>.</summary>
    public void Require(bool holds, string message)
    {
        if (!holds)
            broken.Add(message);
    }

    /// <summary>Returns <paramref name="recipe"/> if no rule is broken.</summary>
    /// <exception cref="RecipeException">Lists all broken rules.</exception>
    public T Accept<T>(T recipe) => broken.Count == 0
        ? recipe
        : throw new RecipeException("The recipe cannot run:\n" + string.Join("\n", broken.Select(rule => "  - " + rule)));
}
