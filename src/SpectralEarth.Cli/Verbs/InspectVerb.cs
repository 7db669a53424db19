using System.CommandLine;
using System.Text.Json;
using SpectralEarth.Cli.Views;
using SpectralEarth.Scenes;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth inspect SCENE [--json]</c></summary>
internal static class InspectVerb
{
    private static readonly Argument<string> ScenePath = new("SCENE") { Description = "EnMAP L2A product: folder, .zip or .tar.gz." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON." };

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    internal static Command Create()
    {
        var verb = new Command("inspect", "Show what an EnMAP L2A product holds.") { ScenePath, AsJson };
        verb.SetAction(line => (int)Run(line));
        return verb.WithExamples(
            "spectralearth inspect scenes/ENMAP01-____L2A-DT0000001867_20220724T104526Z_008_V010302_20230628T165614Z",
            "spectralearth inspect SCENE --json | jq .cloud_fraction");
    }

    private static ExitCode Run(ParseResult line)
    {
        using var terminal = Terminal.For(line);
        using var scene = Scene.Open(line.GetRequiredValue(ScenePath));
        var report = SceneReport.Of(scene);
        if (line.GetValue(AsJson))
            terminal.Result(JsonSerializer.Serialize(report, Json));
        else
            terminal.Result(report.SceneId, SceneView.Rows(report));
        return ExitCode.Done;
    }
}
