using System.CommandLine;
using SpectralEarth.Cli.Views;
using SpectralEarth.Scenes.Labels;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Training;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth evaluate MAP.tif --labels RASTER|POLYGONS [--task NAME] [--checkpoint RUN]</c> or <c>spectralearth evaluate --data DATASET --checkpoint RUN</c></summary>
internal static class EvaluateVerb
{
    private static readonly Argument<string?> Map = new("MAP") { Description = "GeoTIFF of class codes, as predict writes it.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<FileInfo> Labels = new("--labels", "-l") { Description = "Label raster on the map's pixel grid, or polygons (GeoJSON, GeoPackage); extents may differ." };
    private static readonly Option<string> LabelField = new("--label-field") { Description = "Property of polygons with the code or name of their class.", DefaultValueFactory = _ => PolygonFile.UsualField };
    private static readonly Option<string?> Task = new("--task") { Description = "Task whose published codes the labels have, a folder of datasets/ or the path of one; without it they have the map's." };
    private static readonly Option<string?> Checkpoint = new("--checkpoint", "-c") { Description = "Fine-tuning run or file: names the classes of MAP and tells whether its ground was trained on, or is scored on --data." };
    private static readonly Option<DirectoryInfo> Data = new("--data", "-d") { Description = "Data set to score the checkpoint on." };
    private static readonly Option<string> Part = new("--part") { Description = $"Part of the data set's split: {string.Join(", ", EvaluationOptions.Parts)}.", DefaultValueFactory = _ => EvaluationOptions.Parts[0] };
    private static readonly Option<string?> Split = new("--split") { Description = "Split file; a relative path is looked for in the data set, then in the working folder. By default that of the checkpoint's run, or the data set's split.csv." };
    private static readonly Option<string> Augment = NetworkOptions.Augmentation();
    private static readonly ChoiceOption<ComputeDevice> Device = NetworkOptions.Device();
    private static readonly Option<DirectoryInfo> Out = new("--out", "-o") { Description = "Folder for the scores (metrics.json, confusion.csv), and of --data a report and what was estimated for each patch (predictions.csv)." };

    /// <summary>Options that say how a network is scored; a map has been made already.</summary>
    private static readonly Option[] OfNetwork = [Part, Split, Augment, Device];

    /// <summary>Options that say what labels of a map mean.</summary>
    private static readonly Option[] OfLabels = [Task, LabelField];

    internal static Command Create()
    {
        Part.AcceptOnlyFromAmong([.. EvaluationOptions.Parts]);
        return new Command("evaluate", "Score a map against labels, or a fine-tuned network on a data set's split.") { Map, Labels, LabelField, Task, Checkpoint, Data, Part, Split, Augment, Device, Out }
            .Running(Run).WithExamples(
                "spectralearth evaluate map.tif --labels landcover-labels.tif --checkpoint runs/landcover",
                "spectralearth evaluate map.tif --labels cdl-2023.tif --task enmap-cdl",
                "spectralearth evaluate map.tif --labels fields.gpkg --label-field crop",
                "spectralearth evaluate --data cdl-patches --checkpoint runs/cdl --part test --out runs/cdl-test");
    }

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var (map, labels, checkpoint, data) = (line.GetValue(Map), line.GetValue(Labels), line.GetValue(Checkpoint), line.GetValue(Data));
        if (map is not null && labels is not null && data is null)
        {
            if (Named(line, OfNetwork) is { } unused)
                throw new UsageException($"{unused.Name} says how a network is scored on --data; it has no meaning for the map {map}. Leave it out.");
            if (Named(line, [LabelField]) is not null && !PolygonFile.IsPolygons(labels.Name))
                throw new UsageException($"--label-field names a property of polygons; {labels.Name} is a raster. Leave it out.");
            return CompareMap(terminal, line, map, labels.FullName);
        }

        if (map is null && labels is null && data is not null && checkpoint is not null)
        {
            return Named(line, OfLabels) is { } unused
                ? throw new UsageException($"{unused.Name} says what --labels mean; the labels of --data were translated when it was made. Leave it out.")
                : ScoreNetwork(terminal, line, data.FullName, checkpoint, cancel);
        }

        throw new UsageException("Give either a MAP with --labels, or --data with --checkpoint.");
    }

    /// <summary>The first of the options that the line names.</summary>
    private static Option? Named(ParseResult line, Option[] options) => options.FirstOrDefault(option => line.GetResult(option) is { Implicit: false });

    private static ExitCode CompareMap(Terminal terminal, ParseResult line, string map, string labels)
    {
        var (checkpoint, task, folder) = (line.GetValue(Checkpoint), line.GetValue(Task), line.GetValue(Out)?.FullName);
        using var network = checkpoint is null ? null : TrainedSegmentation.Open(checkpoint);
        var comparison = MapComparison.Of(map, labels, network?.Classes, network?.Path, task is null ? null : TaskDescriptor.Load(task), line.GetValue(LabelField)!);
        ScoreView.Show(terminal, $"{comparison.Scores.Pixels} labelled pixels{(comparison.TestIntervals.Count > 0 ? " (95 % interval)" : "")}", comparison.Scores, comparison.TestIntervals);
        foreach (var warning in comparison.Warnings)
            terminal.Warn(warning);
        if (folder is not null)
        {
            comparison.Write(folder);
            terminal.Result(folder);
        }

        return ExitCode.Done;
    }

    private static ExitCode ScoreNetwork(Terminal terminal, ParseResult line, string data, string checkpoint, CancellationToken cancel)
    {
        var options = UsageException.Check(() => new EvaluationOptions
        {
            Part = line.GetValue(Part)!,
            SplitFile = line.GetValue(Split),
            TestTimeAugmentation = NetworkOptions.IsOn(line, Augment),
            Device = Device.Of(line),
            OutPath = line.GetValue(Out)?.FullName,
        }.Validated());
        _ = UsageException.Check(() => Compute.Select(options.Device));
        var result = ProgressView.Run(terminal, "evaluate", show => SplitEvaluation.Run(checkpoint, data, options, new ShareView(show, "of the patches"), cancel));
        foreach (var warning in result.Warnings)
            terminal.Warn(warning);
        ScoreView.Show(terminal, $"{Amount.Of(result.Patches, "patch", "patches")}, part {result.Part} (95 % interval)", result.Test, result.TestIntervals);
        if (options.OutPath is { } folder)
            terminal.Result(folder);
        return ExitCode.Done;
    }
}
