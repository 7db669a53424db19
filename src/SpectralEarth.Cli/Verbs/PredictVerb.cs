using System.CommandLine;
using System.Globalization;
using SpectralEarth.Cli.Views;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Products;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth predict SCENE... --checkpoint RUN --out MAP.tif|FOLDER</c></summary>
internal static class PredictVerb
{
    private static readonly Argument<string[]> Scenes = SceneOptions.Scenes();
    private static readonly Option<string> Checkpoint = new("--checkpoint", "-c") { Description = "Fine-tuning run folder or .safetensors file.", Required = true };
    private static readonly Option<string> Out = new("--out", "-o") { Description = "GeoTIFF to write (.tif; one scene), or a folder for a map of each scene; PNG and table of areas go beside the maps.", Required = true };
    private static readonly Option<string> SensorName = SceneOptions.Sensor();
    private static readonly Option<double> Overlap = new Option<double>("--overlap") { Description = "Share of a window that its neighbour covers too, 0 to below 1.", DefaultValueFactory = _ => new MapOptions().Overlap }
        .Must(share => share is >= 0 and < 1, "lie in [0, 1)");
    private static readonly Option<int> BatchSize = new Option<int>("--batch-size") { Description = "Windows classified together.", DefaultValueFactory = _ => new MapOptions().BatchSize }.AtLeast(1);
    private static readonly Option<string> Augment = NetworkOptions.Augmentation();
    private static readonly Option<bool> Probabilities = new("--probabilities") { Description = "Write class probabilities too." };
    private static readonly Option<bool> Uncertainties = new("--uncertainty") { Description = "Write the entropy of the class probabilities too." };
    private static readonly ChoiceOption<ComputeDevice> Device = NetworkOptions.Device();

    internal static Command Create() => new Command("predict", "Map whole scenes with a fine-tuned model.")
        { Scenes, Checkpoint, Out, SensorName, Overlap, BatchSize, Augment, Probabilities, Uncertainties, Device }.Running(Run).WithExamples(
            "spectralearth predict scenes/ENMAP01-____L2A-DT0000001867_20220724T104526Z_008_V010302_20230628T165614Z --checkpoint runs/landcover --out map.tif",
            "spectralearth predict scenes --checkpoint runs/landcover --uncertainty --test-time-augmentation off --out maps");

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var sensor = UsageException.Check(() => SensorCatalog.Load(line.GetValue(SensorName)!));
        var options = new MapOptions
        {
            Overlap = line.GetValue(Overlap),
            BatchSize = line.GetValue(BatchSize),
            TestTimeAugmentation = NetworkOptions.IsOn(line, Augment),
            Probabilities = line.GetValue(Probabilities),
            Uncertainty = line.GetValue(Uncertainties),
        };
        return SensorImage.IsTiff(line.GetRequiredValue(Out))
            ? MapOneOrNone(terminal, line, sensor, options, cancel)
            : MapAll(terminal, line, sensor, new MapFolder(line.GetRequiredValue(Checkpoint), UsageException.Check(() => Compute.Select(Device.Of(line))), options), cancel);
    }

    private static ExitCode MapOneOrNone(Terminal terminal, ParseResult line, Sensor sensor, MapOptions options, CancellationToken cancel)
    {
        try
        {
            return MapOne(terminal, line, sensor, options, cancel);
        }
        catch (OperationCanceledException)
        {
            terminal.Error("Stopped. Nothing of the map was kept: the same command begins anew.");
            return ExitCode.Stopped;
        }
    }

    private static ExitCode MapOne(Terminal terminal, ParseResult line, Sensor sensor, MapOptions options, CancellationToken cancel)
    {
        var paths = SceneList.Expand(line.GetRequiredValue(Scenes), sensor.Descriptor.Products, cancel);
        if (paths.Count != 1)
            throw new UsageException($"{paths.Count} scenes cannot go into the one map {line.GetRequiredValue(Out)}: {string.Join(", ", paths.Take(3))}{(paths.Count > 3 ? ", ..." : "")}. Name one scene, or a folder with --out.");
        var device = UsageException.Check(() => Compute.Select(Device.Of(line)));
        using var scene = SceneList.Open(paths[0], sensor);
        var report = ProgressView.Run(terminal, "predict", show =>
            SceneMapper.Map(line.GetRequiredValue(Checkpoint), device, options, scene, Path.GetFullPath(line.GetRequiredValue(Out)), new ShareView(show, "of the scene"), cancel));
        Tell(terminal, "", report);
        if (!terminal.IsQuiet)
            terminal.Result($"{ScoreText.Of(report.ValidPixels)} pixels mapped", ["class", "pixels", "share", "hectares"], report.Areas.Select(Row));
        foreach (var file in report.Files.All)
            terminal.Result(file);
        return ExitCode.Done;
    }

    private static ExitCode MapAll(Terminal terminal, ParseResult line, Sensor sensor, MapFolder maps, CancellationToken cancel)
    {
        var folder = Path.GetFullPath(line.GetRequiredValue(Out));
        if (Path.GetExtension(folder) is ".png" or ".csv" || File.Exists(folder))
            throw new UsageException($"--out {line.GetRequiredValue(Out)} is neither a .tif file for one map nor a folder for many.");
        var report = ProgressView.Run(terminal, "predict", show => maps.Map(line.GetRequiredValue(Scenes), sensor, folder, new FolderView(show), cancel));
        foreach (var (scene, map) in report.Maps)
            Tell(terminal, $"{scene}: ", map);
        if (!terminal.IsQuiet && report.Maps.Count > 0)
            terminal.Result("maps", ["scene", "pixels", "commonest class", "its share"], report.Maps.Select(item => Row(item.SceneId, item.Map)));
        foreach (var file in report.Maps.SelectMany(item => item.Map.Files.All))
            terminal.Result(file);
        if (report.FinishedBefore > 0)
            terminal.Say($"{Amount.Of(report.FinishedBefore, "map was", "maps were")} finished before");
        foreach (var scene in report.Rejected)
            terminal.Warn($"rejected {scene.Path}: {scene.Reason}");
        if (report.Maps.Count + report.FinishedBefore == 0)
        {
            terminal.Error($"No scene could be mapped. The reasons are in {Path.Combine(folder, RejectedScene.TableName)}.");
            return ExitCode.Failed;
        }

        return report.Rejected.Count > 0 ? ExitCode.DoneWithRejects : ExitCode.Done;
    }

    private static void Tell(Terminal terminal, string owner, MapReport report)
    {
        foreach (var warning in report.Warnings)
            terminal.Warn(owner + warning);
        if (report.Moved is { } offset)
            terminal.Say($"{owner}scene moved by {offset}, as the images were onto the training labels");
    }

    private static string[] Row(string scene, MapReport map)
    {
        var most = map.Areas.MaxBy(area => area.Pixels);
        return [scene, ScoreText.Of(map.ValidPixels), most?.Name ?? "", most?.Share.ToString("P1", CultureInfo.InvariantCulture) ?? ""];
    }

    private static string[] Row(ClassArea area) =>
    [
        area.Name,
        ScoreText.Of(area.Pixels),
        area.Share.ToString("P1", CultureInfo.InvariantCulture),
        area.Hectares.ToString("0.00", CultureInfo.InvariantCulture),
    ];

    private sealed class FolderView(Action<ProgressState> show) : IProgress<MapProgress>
    {
        public void Report(MapProgress value) =>
            show(new ProgressState((value.Scene - 1 + value.Done) / value.Scenes, $"scene {value.Scene} of {value.Scenes}"));
    }
}
