using System.CommandLine;
using SpectralEarth.Cli.Views;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Codecs;
using SpectralEarth.Tiling.Importing;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth dataset import LAYOUT FOLDER --out DATASET</c></summary>
internal static class DatasetImportVerb
{
    private static readonly Dictionary<string, PatchLayout> Layouts = new()
    {
        ["spectralearth"] = PatchLayout.SpectralEarth,
        ["hyspecnet-11k"] = PatchLayout.HySpecNet11k,
        ["downstream"] = PatchLayout.Downstream,
    };

    private static readonly ImportOptions Usual = new() { Layout = default, Folder = "", Output = "" };

    private static readonly Argument<string> Layout = new("LAYOUT") { Description = "How the published files lie: spectralearth, hyspecnet-11k or downstream." };
    private static readonly Argument<DirectoryInfo> Folder = new("FOLDER") { Description = "Root folder of the published data." };
    private static readonly Option<DirectoryInfo> Out = new("--out", "-o") { Description = "Data set folder; an unfinished one is finished.", Required = true };
    private static readonly Option<string> Sensor = new("--sensor") { Description = "Sensor of the images, a folder of datasets/ or the path of one.", DefaultValueFactory = _ => Usual.Sensor };
    private static readonly Option<string> Task = new("--task") { Description = "Task of the layout downstream, a folder of datasets/ or the path of one: its folders, classes and sensor." };
    private static readonly Option<DirectoryInfo> Splits = new("--splits") { Description = "Folder of the lists train, val and test (.txt or .csv), which become split.csv." };
    private static readonly Option<int?> PatchSize = new("--patch-size") { Description = "Side of a patch, pixels; by default the task's, or 128." };
    private static readonly Option<string> Codec = new("--codec") { Description = "Codec of the pixels.", DefaultValueFactory = _ => Usual.Codec };
    private static readonly Option<int> Threads = new("--threads") { Description = "Threads; 0 takes all cores." };

    internal static Command Create()
    {
        Layout.AcceptOnlyFromAmong([.. Layouts.Keys]);
        Codec.AcceptOnlyFromAmong([.. PatchCodecs.Names]);
        return new Command("import", "Make a data set of published patches, labels and splits.") { Layout, Folder, Out, Sensor, Task, Splits, PatchSize, Codec, Threads }
            .Running(Run).WithExamples(
                "spectralearth dataset import spectralearth spectral_earth --out patches",
                "spectralearth dataset import hyspecnet-11k hyspecnet-11k --splits hyspecnet-11k/splits/easy --out hyspecnet",
                "spectralearth dataset import downstream cdl --task enmap-cdl --splits cdl/splits --out cdl-patches");
    }

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var options = UsageException.Check(() => Options(line).Validated());
        var report = ProgressView.Run(terminal, "import", show => DatasetImporter.Run(options, new ShareView(show, "of the patches"), cancel));
        foreach (var file in report.Rejected)
            terminal.Warn($"rejected {file.Path}: {file.Reason}");
        if (report.UnknownCodes.Count > 0)
            terminal.Warn($"codes without class, now unlabelled (all in import.yaml): {CodeCount.Listed(report.UnknownCodes)}");
        terminal.Say(Amount.Of(report.Patches, "patch", "patches") + (report.WasFinished ? ": this data set was finished before, nothing to do" : $", {Amount.Of(report.Rejected.Count, "file")} rejected"));
        terminal.Result(options.Output);
        return report.Rejected.Count > 0 ? ExitCode.DoneWithRejects : ExitCode.Done;
    }

    private static ImportOptions Options(ParseResult line) => new()
    {
        Layout = Layouts[line.GetRequiredValue(Layout)],
        Folder = line.GetRequiredValue(Folder).FullName,
        Output = line.GetRequiredValue(Out).FullName,
        Sensor = line.GetValue(Sensor)!,
        Task = line.GetValue(Task),
        Splits = line.GetValue(Splits)?.FullName,
        PatchSize = line.GetValue(PatchSize),
        Codec = line.GetValue(Codec)!,
        Threads = line.GetValue(Threads),
    };
}
