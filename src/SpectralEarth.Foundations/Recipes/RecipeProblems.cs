namespace SpectralEarth.Recipes;

/// <summary>Gathers what is wrong with a recipe, so that a user mends it in one go.</summary>
internal sealed class RecipeProblems
{
    private readonly List<string> messages = [];

    /// <summary>Number of problems so far.</summary>
    public int Count => messages.Count;

    /// <summary>Notes a problem.</summary>
    public void Add(string place, string message) => messages.Add($"{place}: {message}");

    /// <summary>Notes the problem of a part that could not be parsed.</summary>
    public void Add(RecipeException problem) => messages.Add(problem.Message);

    /// <summary>Refuses the recipe if there was any problem.</summary>
    /// <exception cref="RecipeException">One line per problem.</exception>
    public void ThrowIfAny()
    {
        if (messages.Count > 0)
            throw new RecipeException(string.Join('\n', messages));
    }
}
