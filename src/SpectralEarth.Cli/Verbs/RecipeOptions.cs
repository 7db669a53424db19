using System.CommandLine;
using System.CommandLine.Parsing;
using SpectralEarth.Recipes;
using SpectralEarth.Storage;

namespace SpectralEarth.Cli.Verbs;

/// <summary>Options of the verbs that follow a recipe.</summary>
internal static class RecipeOptions
{
    /// <summary><c>--recipe FILE</c>; one that travels with the program goes by its name there.</summary>
    internal static Option<FileInfo> File(string description = "Recipe (YAML).") => new("--recipe", "-r") { Description = description, Required = true, CustomParser = Located! };

    /// <summary>The same where there is another way to tell.</summary>
    internal static Option<FileInfo?> OptionalFile(string description) => new("--recipe", "-r") { Description = description, CustomParser = Located };

    /// <summary><c>--set KEY=VALUE</c>, any number of times.</summary>
    internal static Option<string[]> Set()
    {
        var set = new Option<string[]>("--set") { Description = "Override of one recipe key.", HelpName = "KEY=VALUE" };
        set.Validators.Add(result =>
        {
            foreach (var text in result.Tokens.Select(token => token.Value))
            {
                if (RecipeOverride.ProblemOf(text) is { } problem)
                    result.AddError($"--set {text}: {problem}.");
            }
        });
        return set;
    }

    private static FileInfo? Located(ArgumentResult result)
    {
        if (!string.IsNullOrWhiteSpace(result.Tokens[0].Value))
            return new FileInfo(ProgramFolder.Locate(result.Tokens[0].Value));
        result.AddError("--recipe is empty; expected a file.");
        return null;
    }
}
