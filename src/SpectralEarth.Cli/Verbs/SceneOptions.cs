using System.CommandLine;

namespace SpectralEarth.Cli.Verbs;

/// <summary>Argument and option of the verbs that take many scenes.</summary>
internal static class SceneOptions
{
    /// <summary><c>SCENE...</c></summary>
    internal static Argument<string[]> Scenes() => new("SCENE")
    {
        Description = "Products (folders, .zip, .tar.gz), GeoTIFFs of other sensors, folders that contain them, patterns, or lists (.txt).",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary><c>--sensor NAME</c></summary>
    internal static Option<string> Sensor() => new("--sensor")
    {
        Description = "Sensor of the scenes: a folder of datasets/, or the path of a folder with sensor.yaml.",
        DefaultValueFactory = _ => "enmap",
    };
}
