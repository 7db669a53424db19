using System.CommandLine;
using System.Globalization;
using SpectralEarth.Cli.Views;
using SpectralEarth.Scenes;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Mapping;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth predict SCENE --checkpoint RUN --out MAP.tif</c></summary>
internal static class PredictVerb
{
    private static readonly Argument<string> ScenePath = new("SCENE") { Description = "EnMAP L2A product: folder, .zip or .tar.gz." };
    private static readonly Option<string> Checkpoint = new("--checkpoint", "-c") { Description = "Fine-tuning run folder or .safetensors file.", Required = true };
    private static readonly Option<FileInfo> Out = new("--out", "-o") { Description = "GeoTIFF to write; a PNG and a table of areas go beside it.", Required = true };
    private static readonly Option<double> Overlap = new("--overlap") { Description = "Share of a window that its neighbour covers too, 0 to below 1.", DefaultValueFactory = _ => new MapOptions().Overlap };
    private static readonly Option<int> BatchSize = new("--batch-size") { Description = "Windows classified together.", DefaultValueFactory = _ => new MapOptions().BatchSize };
    private static readonly Option<bool> Augment = new("--test-time-augmentation") { Description = "Average over the eight flips and rotations (eight times the work); false for speed.", DefaultValueFactory = _ => new MapOptions().TestTimeAugmentation };
    private static readonly Option<bool> Probabilities = new("--probabilities") { Description = "Write class probabilities and entropy too." };

    internal static Command Create()
    {
        Overlap.Validators.Add(result => Require(result, result.GetValueOrDefault<double>() is >= 0 and < 1, "--overlap must lie in [0, 1)."));
        BatchSize.Validators.Add(result => Require(result, result.GetValueOrDefault<int>() > 0, "--batch-size must be at least 1."));
        var verb = new Command("predict", "Map a whole scene with a fine-tuned model.") { ScenePath, Checkpoint, Out, Overlap, BatchSize, Augment, Probabilities };
        verb.SetAction((line, cancel) => Task.Run(() => (int)Run(line, cancel), CancellationToken.None));
        return verb.WithExamples(
            "spectralearth predict scenes/ENMAP01-____L2A-DT0000001867_20220724T104526Z_008_V010302_20230628T165614Z --checkpoint runs/landcover --out map.tif");
    }

    private static void Require(System.CommandLine.Parsing.OptionResult result, bool holds, string message)
    {
        if (!holds)
            result.AddError(message);
    }

    private static ExitCode Run(ParseResult line, CancellationToken cancel)
    {
        using var terminal = Terminal.For(line);
        using var scene = Scene.Open(line.GetRequiredValue(ScenePath));
        using var network = TrainedSegmentation.Open(line.GetRequiredValue(Checkpoint), scene: scene.Metadata.Bands);
        var mapper = new SceneMapper(network, new MapOptions
        {
            Overlap = line.GetValue(Overlap),
            BatchSize = line.GetValue(BatchSize),
            TestTimeAugmentation = line.GetValue(Augment),
            Probabilities = line.GetValue(Probabilities),
        });
        var target = line.GetRequiredValue(Out).FullName;
        var report = ProgressView.Run(terminal, "predict", show => mapper.Map(scene, target, new ShareView(show, "of the scene"), cancel));
        foreach (var warning in report.Warnings)
            terminal.Warn(warning);
        if (!terminal.IsQuiet)
            terminal.Result($"{report.ValidPixels} pixels mapped", ["class", "pixels", "share", "km²"], report.Areas.Select(Row));
        foreach (var file in new[] { report.Files.Map, report.Files.Picture, report.Files.Areas, report.Files.Probabilities })
        {
            if (file is not null)
                terminal.Result(file);
        }

        return ExitCode.Done;
    }

    private static string[] Row(ClassArea area) =>
    [
        area.Name,
        area.Pixels.ToString(CultureInfo.InvariantCulture),
        area.Share.ToString("P1", CultureInfo.InvariantCulture),
        area.SquareKilometres.ToString("0.000", CultureInfo.InvariantCulture),
    ];
}
