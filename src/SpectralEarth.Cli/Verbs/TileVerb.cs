using System.CommandLine;
using System.Globalization;
using SpectralEarth.Cli.Views;
using SpectralEarth.Distribution;
using SpectralEarth.Scenes;
using SpectralEarth.Shards.Codecs;
using SpectralEarth.Spectra;
using SpectralEarth.Tiling;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth tile SCENE... --out DATASET</c></summary>
internal static class TileVerb
{
    private static readonly TileOptions Usual = new() { Scenes = [], Output = "" };

    private static readonly Argument<string[]> Scenes = SceneOptions.Scenes();
    private static readonly Option<DirectoryInfo> Out = new("--out", "-o") { Description = "Data set folder; an unfinished one is finished, to a finished one scenes are added.", Required = true };
    private static readonly Option<string[]> Labels = new("--labels") { Description = "Label rasters, of which each scene takes those on its pixels, and polygons (.geojson, .gpkg).", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string> LabelField = new("--label-field") { Description = "Property of polygons with the code or name of their class.", DefaultValueFactory = _ => Usual.LabelField };
    private static readonly Option<FileInfo> Classes = new("--classes") { Description = "YAML list of label codes, names and colours." };
    private static readonly Option<int> PatchSize = new("--patch-size") { Description = "Side of a patch, pixels.", DefaultValueFactory = _ => Usual.PatchSize };
    private static readonly Option<int?> Stride = new("--stride") { Description = "Distance of neighbouring patches, pixels; the patch size by default." };
    private static readonly Option<double> MaxNoData = new("--max-nodata") { Description = "Largest share of pixels without data, 0 to 1.", DefaultValueFactory = _ => Usual.MaxNoData };
    private static readonly QualityOptions Quality = new();
    private static readonly Option<string> Sensor = SceneOptions.Sensor();
    private static readonly Option<string> Bands = new("--bands") { Description = "Bands to keep, for example 1-126,142-160; the sensor's usual ones by default." };
    private static readonly Option<string> Wavelengths = new("--wavelengths") { Description = "Keep bands by number, or map them onto the sensor's wavelengths: nearest band, or linear interpolation.", DefaultValueFactory = _ => "by-number" };
    private static readonly Option<string> Resample = new("--resample") { Description = "Move scenes off EnMAP's pixel grid onto it: nearest." };
    private static readonly Option<string> Codec = new("--codec") { Description = "Codec of the pixels.", DefaultValueFactory = _ => Usual.Codec };
    private static readonly Option<int> Threads = new("--threads") { Description = "Threads; 0 takes all cores." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Say what would be done and write nothing." };

    internal static Command Create()
    {
        Wavelengths.AcceptOnlyFromAmong("by-number", "nearest", "linear");
        Resample.AcceptOnlyFromAmong("nearest");
        Codec.AcceptOnlyFromAmong([.. PatchCodecs.Names]);
        var verb = new Command("tile", "Cut scenes into patches on a fixed grid and write them as Parquet shards with a catalog.")
        {
            Scenes, Out, Labels, LabelField, Classes, PatchSize, Stride, MaxNoData, Sensor, Bands, Wavelengths, Resample, Codec, Threads, DryRun,
        };
        Quality.AddTo(verb);
        return verb.Running(Run).WithExamples(
            "spectralearth tile scenes/ENMAP01-* --out patches",
            "spectralearth tile dims_op_oc_oc-en_700000000_1.tar.gz --out patches",
            "spectralearth tile new-scenes --out patches --dry-run",
            "spectralearth tile desis/ --sensor desis --resample nearest --wavelengths linear --out desis-patches",
            "spectralearth tile scene --labels fields.gpkg --label-field crop --classes classes.yaml --out fields",
            "spectralearth tile scene --labels labels.tif --classes classes.yaml --patch-size 32 --stride 16 --out labelled");
    }

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var options = UsageException.Check(() => Options(line).Validated());
        using var ranks = Ranks.Join();
        if (line.GetValue(DryRun))
            return ranks.Rank == 0 ? Forecast(terminal, options, cancel) : ExitCode.Done;
        if (ranks.Rank > 0)
        {
            // Rank 0 speaks for all, also in its exit code: the launcher ends all ranks when the first one ends with another than 0.
            _ = Tiler.Run(options, ranks: ranks, cancel: cancel);
            return ExitCode.Done;
        }

        var report = ProgressView.Run(terminal, "tile", show => Tiler.Run(options, new TileView(show), ranks, cancel));
        foreach (var scene in report.Moved)
            terminal.Warn(string.Create(CultureInfo.InvariantCulture, $"moved {scene.SceneId} onto the pixel grid: {scene.EastM:0.##} m east, {scene.NorthM:0.##} m north"));
        terminal.Say(Describe(report));
        terminal.Result(options.Output);
        var exit = Warn(terminal, report.Rejected, report.Warnings);
        terminal.Next(options.Labels.Count > 0
            ? ["finetune", "--data", options.Output, "--checkpoint", "PRETRAINED", "--recipe", "checkpoints/demo/finetune.yaml", "--out", "RUN"]
            : ["pretrain", "--data", options.Output, "--recipe", "checkpoints/spec-vit-small-mae/pretrain.yaml", "--out", "RUN"]);
        return exit;
    }

    private static ExitCode Forecast(Terminal terminal, TileOptions options, CancellationToken cancel)
    {
        var forecast = ProgressView.Run(terminal, "look", show => Tiler.Forecast(options, new TileView(show), cancel));
        ForecastView.Show(terminal, forecast);
        return Warn(terminal, forecast.Rejected, forecast.Warnings);
    }

    private static ExitCode Warn(Terminal terminal, IReadOnlyList<RejectedScene> rejected, IReadOnlyList<string> warnings)
    {
        foreach (var warning in warnings)
            terminal.Warn(warning);
        foreach (var scene in rejected)
            terminal.Warn($"{(scene.IsSuperseded ? "left out" : "rejected")} {scene.Path}: {scene.Reason}");
        return Exit(rejected);
    }

    private static ExitCode Exit(IReadOnlyList<RejectedScene> rejected) => rejected.Any(scene => !scene.IsSuperseded) ? ExitCode.DoneWithRejects : ExitCode.Done;

    private static TileOptions Options(ParseResult line) => new()
    {
        Scenes = line.GetRequiredValue(Scenes),
        Output = line.GetRequiredValue(Out).FullName,
        Labels = line.GetValue(Labels) ?? [],
        LabelField = line.GetValue(LabelField)!,
        ClassesFile = line.GetValue(Classes)?.FullName,
        PatchSize = line.GetValue(PatchSize),
        Stride = line.GetValue(Stride),
        MaxNoData = line.GetValue(MaxNoData),
        MaxShares = Quality.MaxShares(line),
        Mask = Quality.Mask(line),
        Sensor = line.GetValue(Sensor)!,
        Bands = line.GetValue(Bands) is { } bands ? BandNumbers.Parse(bands) : null,
        Wavelengths = line.GetValue(Wavelengths) switch { "nearest" => WavelengthMode.Nearest, "linear" => WavelengthMode.Linear, _ => WavelengthMode.ByNumber },
        ResampleNearest = line.GetValue(Resample) is not null,
        Codec = line.GetValue(Codec)!,
        Threads = line.GetValue(Threads),
    };

    private static string Describe(TileReport report) => report.WasFinished
        ? $"{Amount.Of(report.Patches, "patch", "patches")}: this data set holds scenes of all these names; they were not read, nothing to do"
        : string.Create(CultureInfo.InvariantCulture,
            $"{Amount.Of(report.Patches, "patch", "patches")} of {Amount.Of(report.Scenes, "scene")} ({report.NewScenes} new), {report.Bytes / 1e6:0.0} MB in {report.Seconds:0.0} s; left out for no-data {report.SkippedNoData}, for cloud {report.SkippedCloud}, for other qualities {report.SkippedOther}; wavelengths up to {report.WavelengthDistanceNm:0.##} nm from the sensor's");

    /// <summary>Turns the tiler's reports into progress.</summary>
    private sealed class TileView(Action<ProgressState> show) : IProgress<TileProgress>
    {
        // Assembling copies encoded patches; it takes a small part of the time.
        private const double TilingShare = 0.9;

        public void Report(TileProgress value)
        {
            show(value.Phase switch
            {
                TilePhase.Checking => new ProgressState(0, "checking finished scenes"),
                TilePhase.Tiling => new ProgressState(TilingShare * (value.Scene - 1 + value.Done) / value.Scenes, $"scene {value.Scene} of {value.Scenes}, {Amount.Of(value.Patches, "patch", "patches")}"),
                _ => new ProgressState(TilingShare + ((1 - TilingShare) * value.Done), "assembling shards"),
            });
        }
    }
}
