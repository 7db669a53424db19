using System.CommandLine;

namespace SpectralEarth.Cli.Verbs;

/// <summary>The scenes of a verb that takes many.</summary>
internal static class SceneArgument
{
    /// <summary>The argument SCENE...</summary>
    internal static Argument<string[]> Create() => new("SCENE")
    {
        Description = "Products (folders, .zip, .tar.gz), GeoTIFFs of other sensors, folders that contain them, patterns, or lists (.txt).",
        Arity = ArgumentArity.OneOrMore,
    };
}
