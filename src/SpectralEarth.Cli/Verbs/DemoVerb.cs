using System.CommandLine;
using System.Globalization;
using SpectralEarth.Cli.Views;
using SpectralEarth.Storage;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth demo [--out DIR] [--reduced] [--from-weights]</c>: the main job as a row of the other verbs, each shown as a user would type it.</summary>
internal static class DemoVerb
{
    private static readonly (string Name, string File)[] TrainedResults = [("network for ONNX Runtime", "network.onnx")];

    private static readonly (string Name, string File)[] TrainingResults =
    [
        ("report of pretraining", Path.Combine("pretrain", "report.html")),
        ("report of fine-tuning", Path.Combine("finetune", "report.html")),
        ("weights for PyTorch", "encoder.safetensors"),
    ];

    private static readonly Option<DirectoryInfo> Out = new("--out", "-o") { Description = "Folder to write; a stopped demo goes on.", DefaultValueFactory = _ => new DirectoryInfo("demo") };
    private static readonly Option<bool> Reduced = new("--reduced") { Description = "Smaller scenes and fewer steps: a check that everything runs." };

    private static readonly Option<bool> FromWeights = new("--from-weights") { Description = "Train nothing: map new ground with the network that comes with the program." };

    internal static Command Create() => new Command("demo", "Run the whole job on synthetic scenes: scenes, patches, pretraining, fine-tuning, map, weights.")
        { Out, Reduced, FromWeights }.Running(Run).WithExamples(
            "spectralearth demo", "spectralearth demo --reduced --out /tmp/demo", "spectralearth demo --from-weights --out /tmp/map");

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var (folder, reduced, trained) = (line.GetRequiredValue(Out).FullName, line.GetValue(Reduced), line.GetValue(FromWeights));
        foreach (var command in trained ? MappingCommands(folder, reduced) : Commands(folder, reduced))
        {
            terminal.Say($"> spectralearth {string.Join(' ', command)}");
            string[] arguments = terminal.IsQuiet ? [.. command, "--quiet"] : terminal.IsVerbose ? [.. command, "--verbose"] : command;
            var code = (ExitCode)Program.Run(arguments);
            if (code != ExitCode.Done)
                return code;
        }

        terminal.Result("demo", Results(trained).Select(result => (result.Name, Path.Combine(folder, result.File))));
        return ExitCode.Done;
    }

    private static IEnumerable<string[]> Commands(string folder, bool reduced)
    {
        var (scenes, patches, pretrained, finetuned) = (In("scenes"), In("patches"), In("pretrain"), In("finetune"));
        string[] fewer = reduced ? ["--set", "steps=30"] : [];
        if (!File.Exists(Path.Combine(scenes, "classes.yaml")))
            yield return ["synth", "--out", scenes, "--scenes", "2", "--dates", "2", "--size", Size(reduced), "--seed", "1"];
        yield return ["tile", scenes, "--labels", .. Labels(scenes), "--classes", Path.Combine(scenes, "classes.yaml"), "--patch-size", "32", "--out", patches];
        yield return ["pretrain", "--data", patches, "--recipe", Model("pretrain.yaml"), .. fewer, "--out", pretrained];
        yield return ["finetune", "--data", patches, "--checkpoint", pretrained, "--recipe", Model("finetune.yaml"), .. fewer, "--out", finetuned];
        yield return ["predict", FirstProduct(scenes), "--checkpoint", finetuned, "--out", In("map.tif")];
        yield return ["export", pretrained, "--format", "safetensors", "--out", In("encoder.safetensors")];

        string In(string name) => Path.Combine(folder, name);
    }

    /// <summary>With the network of <see cref="Commands"/> as it came out once: ground and date that it has never seen.</summary>
    private static IEnumerable<string[]> MappingCommands(string folder, bool reduced)
    {
        var (scenes, map, network) = (Path.Combine(folder, "unseen"), Path.Combine(folder, "map.tif"), Model("weights.safetensors"));
        if (!File.Exists(Path.Combine(scenes, "classes.yaml")))
            yield return ["synth", "--out", scenes, "--scenes", "1", "--dates", "1", "--size", Size(reduced), "--seed", "7"];
        yield return ["predict", FirstProduct(scenes), "--checkpoint", network, "--test-time-augmentation", "off", "--out", map];
        yield return ["evaluate", map, "--labels", .. Labels(scenes), "--checkpoint", network];
        yield return ["export", network, "--format", "onnx", "--part", "task", "--from-int16", "--out", Path.Combine(folder, "network.onnx")];
    }

    private static (string Name, string File)[] Results(bool trained) =>
    [
        ("map", "map.tif"),
        ("preview", "map.png"),
        .. trained ? TrainedResults : TrainingResults,
    ];

    private static string Size(bool reduced) => (reduced ? 128 : 224).ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string> Labels(string scenes) =>
        Directory.GetFiles(scenes, "labels.tif", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    private static string FirstProduct(string scenes) =>
        Path.GetDirectoryName(Directory.GetFiles(scenes, "*-METADATA.XML", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First())!;

    private static string Model(string file) => Path.Combine(ProgramFolder.Find("checkpoints"), "demo", file);
}
