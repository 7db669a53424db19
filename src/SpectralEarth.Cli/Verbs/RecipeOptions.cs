using System.CommandLine;
using SpectralEarth.Storage;

namespace SpectralEarth.Cli.Verbs;

/// <summary>Options of the verbs that follow a recipe.</summary>
internal static class RecipeOptions
{
    /// <summary><c>--recipe FILE</c>; one that travels with the program goes by its name there.</summary>
    internal static Option<FileInfo> File(string description = "Recipe (YAML).") => new("--recipe", "-r")
    {
        Description = description,
        Required = true,
        CustomParser = result => new FileInfo(ProgramFolder.Locate(result.Tokens[0].Value)),
    };

    /// <summary><c>--set KEY=VALUE</c>, any number of times.</summary>
    internal static Option<string[]> Set() => new("--set") { Description = "Override of one recipe key.", HelpName = "KEY=VALUE" };
}
