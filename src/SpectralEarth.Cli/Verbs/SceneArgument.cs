using System.CommandLine;

namespace SpectralEarth.Cli.Verbs;

/// <summary>The scenes of a verb that takes many.</summary>
internal static class SceneArgument
{
    private const string OptionSign = "--";

    /// <summary>The argument SCENE..., which takes no mistyped option for a scene.</summary>
    internal static Argument<string[]> Create()
    {
        var scenes = new Argument<string[]>("SCENE")
        {
            Description = "Products (folders, .zip, .tar.gz), GeoTIFFs of other sensors, folders that contain them, patterns, or lists (.txt).",
            Arity = ArgumentArity.OneOrMore,
        };
        scenes.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.StartsWith(OptionSign, StringComparison.Ordinal)))
                result.AddError($"{token.Value} is no option of this verb. (A scene of this name: ./{token.Value})");
        });
        return scenes;
    }
}
