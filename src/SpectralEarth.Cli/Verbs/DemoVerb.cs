using System.CommandLine;
using System.Globalization;
using SpectralEarth.Cli.Views;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth demo [--out DIR] [--reduced]</c>: the main job as a row of the other verbs, each shown as a user would type it.</summary>
internal static class DemoVerb
{
    private static readonly Option<DirectoryInfo> Out = new("--out", "-o") { Description = "Folder to write; a stopped demo goes on.", DefaultValueFactory = _ => new DirectoryInfo("demo") };
    private static readonly Option<bool> Reduced = new("--reduced") { Description = "Smaller scenes and fewer steps: a check that everything runs." };

    internal static Command Create()
    {
        var verb = new Command("demo", "Run the whole job on synthetic scenes: scenes, patches, pretraining, fine-tuning, map, weights.") { Out, Reduced };
        verb.SetAction((line, cancel) => Task.Run(async () => (int)await RunAsync(line, cancel).ConfigureAwait(false), CancellationToken.None));
        return verb.WithExamples("spectralearth demo", "spectralearth demo --reduced --out /tmp/demo");
    }

    private static async Task<ExitCode> RunAsync(ParseResult line, CancellationToken cancel)
    {
        using var terminal = Terminal.For(line);
        var folder = line.GetRequiredValue(Out).FullName;
        foreach (var command in Commands(folder, line.GetValue(Reduced)))
        {
            terminal.Say($"> spectralearth {string.Join(' ', command)}");
            string[] arguments = terminal.IsQuiet ? [.. command, "--quiet"] : terminal.IsVerbose ? [.. command, "--verbose"] : command;
            var code = (ExitCode)await Program.RunAsync(arguments, cancel).ConfigureAwait(false);
            if (code != ExitCode.Done)
                return code;
        }

        terminal.Result("demo", Results().Select(result => (result.Name, Path.Combine(folder, result.File))));
        return ExitCode.Done;
    }

    private static IEnumerable<string[]> Commands(string folder, bool reduced)
    {
        var (scenes, patches, pretrained, finetuned) = (In("scenes"), In("patches"), In("pretrain"), In("finetune"));
        var size = (reduced ? 128 : 224).ToString(CultureInfo.InvariantCulture);
        string[] fewer = reduced ? ["--set", "steps=30"] : [];
        if (!File.Exists(Path.Combine(scenes, "classes.yaml")))
            yield return ["synth", "--out", scenes, "--scenes", "2", "--dates", "2", "--size", size, "--seed", "1"];
        var labels = Directory.GetFiles(scenes, "labels.tif", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
        yield return ["tile", scenes, "--labels", .. labels, "--classes", Path.Combine(scenes, "classes.yaml"), "--patch-size", "32", "--out", patches];
        yield return ["pretrain", "--data", patches, "--recipe", Recipe("pretrain"), .. fewer, "--out", pretrained];
        yield return ["finetune", "--data", patches, "--checkpoint", pretrained, "--recipe", Recipe("finetune"), .. fewer, "--out", finetuned];
        yield return ["predict", FirstProduct(scenes), "--checkpoint", finetuned, "--out", In("map.tif")];
        yield return ["export", pretrained, "--format", "safetensors", "--out", In("encoder.safetensors")];

        string In(string name) => Path.Combine(folder, name);
    }

    private static (string Name, string File)[] Results() =>
    [
        ("map", "map.tif"),
        ("preview", "map.png"),
        ("report of pretraining", Path.Combine("pretrain", "report.html")),
        ("report of fine-tuning", Path.Combine("finetune", "report.html")),
        ("weights for PyTorch", "encoder.safetensors"),
    ];

    private static string FirstProduct(string scenes) =>
        Path.GetDirectoryName(Directory.GetFiles(scenes, "*-METADATA.XML", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First())!;

    private static string Recipe(string name) => Path.Combine(AppContext.BaseDirectory, "checkpoints", "demo", name + ".yaml");
}
