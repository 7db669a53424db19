using System.CommandLine;
using SpectralEarth.Checkpoints;
using SpectralEarth.Cli.Views;
using SpectralEarth.Scenes;
using SpectralEarth.Storage;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth inspect SCENE|CHECKPOINT [--json]</c>, <c>spectralearth inspect --compare A B</c></summary>
internal static class InspectVerb
{
    private static readonly Argument<string?> Subject = new("PATH") { Description = "EnMAP L2A product (folder, .zip or .tar.gz), run folder, or file of weights.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string[]> Compare = new("--compare") { Description = "Two checkpoints: list the tensors that differ.", Arity = new ArgumentArity(2, 2), AllowMultipleArgumentsPerToken = true };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON." };

    internal static Command Create()
    {
        var verb = new Command("inspect", "Show what an EnMAP L2A product or a checkpoint holds.") { Subject, Compare, AsJson };
        verb.Validators.Add(result =>
        {
            if (result.GetValue(Subject) is null == (result.GetResult(Compare) is null))
                result.AddError("Give one path, or --compare with two.");
        });
        return verb.Running(Run).WithExamples(
            "spectralearth inspect scenes/ENMAP01-____L2A-DT0000001867_20220724T104526Z_008_V010302_20230628T165614Z",
            "spectralearth inspect SCENE --json | jq .cloud_fraction",
            "spectralearth inspect runs/pretrain",
            "spectralearth inspect --compare runs/pretrain encoder.pth");
    }

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        if (line.GetValue(Compare) is [var first, var second])
            Show(terminal, line, WeightComparison.Of(first, second), CheckpointView.Show);
        else if (ProgramFolder.Locate(line.GetRequiredValue(Subject)!) is var path && CheckpointReport.Concerns(path))
            Show(terminal, line, CheckpointReport.Of(path), CheckpointView.Show);
        else
            ShowScene(terminal, line, path);
        return ExitCode.Done;
    }

    private static void ShowScene(Terminal terminal, ParseResult line, string path)
    {
        using var scene = Scene.Open(path);
        Show(terminal, line, SceneReport.Of(scene), (view, report) => view.Result(report.SceneId, SceneView.Rows(report)));
    }

    private static void Show<T>(Terminal terminal, ParseResult line, T report, Action<Terminal, T> show)
    {
        if (line.GetValue(AsJson))
            terminal.Result(Json.Of(report));
        else
            show(terminal, report);
    }
}
