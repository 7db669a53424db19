using System.CommandLine;
using SpectralEarth.Cli.Views;
using SpectralEarth.Tiling.Merging;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth dataset merge DATASET DATASET... --out DATASET</c></summary>
internal static class DatasetMergeVerb
{
    private static readonly Argument<DirectoryInfo[]> Data = new("DATASET") { Description = "Data sets of one sensor, with the same bands, patches and classes.", Arity = new ArgumentArity(2, 100_000) };
    private static readonly Option<DirectoryInfo> Out = new("--out", "-o") { Description = "Folder of the new data set.", Required = true };

    internal static Command Create() => new Command("merge", "Make one data set of several; patches that several hold are kept once.") { Data, Out }
        .Running(Run).WithExamples("spectralearth dataset merge patches-2022 patches-2023 --out patches");

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var (sources, target) = (line.GetRequiredValue(Data), line.GetRequiredValue(Out).FullName);
        var report = ProgressView.Run(terminal, "merge", show =>
            DatasetMerger.Run([.. sources.Select(source => source.FullName)], target, new ShareView(show, "of the patches"), cancel));
        terminal.Say($"{Amount.Of(report.Patches, "patch", "patches")}, {Amount.Of(report.Duplicates, "duplicate")} left out, fingerprint {report.Fingerprint}");
        foreach (var damage in report.Damaged)
            terminal.Warn($"{damage} The sound patch of another data set was taken.");
        foreach (var (older, newer) in report.Superseded)
            terminal.Warn($"left out {older}: {newer} is a newer processing of the same acquisition.");
        if (!report.IsAsTiled)
            terminal.Warn("the data sets were not tiled with equal options, so tile cannot add scenes to the new one.");
        terminal.Result(target);
        return ExitCode.Done;
    }
}
