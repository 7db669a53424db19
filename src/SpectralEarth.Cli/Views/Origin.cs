using System.Reflection;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Cli.Views;

/// <summary>What a run records about how it was started.</summary>
internal static class Origin
{
    /// <summary>Version of the program, with the commit where the build knew it.</summary>
    internal static string ProgramVersion { get; } =
        typeof(Origin).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>The origin of a run of <paramref name="recipe"/>.</summary>
    internal static RunOrigin Of(FileInfo recipe) =>
        new(ProgramVersion, string.Join(' ', Environment.GetCommandLineArgs().Skip(1).Prepend("spectralearth")), recipe.Name);
}
