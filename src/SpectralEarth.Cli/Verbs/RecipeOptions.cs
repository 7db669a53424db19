using System.CommandLine;

namespace SpectralEarth.Cli.Verbs;

/// <summary>Options of the verbs that follow a recipe.</summary>
internal static class RecipeOptions
{
    /// <summary><c>--set KEY=VALUE</c>, any number of times.</summary>
    internal static Option<string[]> Set() => new("--set") { Description = "Override of one recipe key.", HelpName = "KEY=VALUE" };
}
