using System.CommandLine;
using SpectralEarth.Cli.Views;
using SpectralEarth.Shards;
using SpectralEarth.Tiling;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth dataset export DATASET --out DIR [--location ID]...</c></summary>
internal static class DatasetExportVerb
{
    private static readonly Argument<DirectoryInfo> Data = DatasetVerb.Argument();
    private static readonly Option<DirectoryInfo> Out = new("--out", "-o") { Description = "Folder to write into: LOCATION/SCENE.tif.", Required = true };
    private static readonly Option<string[]> Location = new("--location") { Description = "Location to export, all its dates; all locations by default.", AllowMultipleArgumentsPerToken = true };

    internal static Command Create() => new Command("export", "Write patches as GeoTIFFs with position and wavelengths.") { Data, Out, Location }
        .Running(Run).WithExamples("spectralearth dataset export patches --location 32633-128-r0139648-c0012032 --out tiffs");

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var dataset = Dataset.Open(line.GetRequiredValue(Data).FullName);
        var target = line.GetRequiredValue(Out).FullName;
        var patches = ProgressView.Run(terminal, "export", show =>
            PatchExporter.Export(dataset, target, line.GetValue(Location) ?? [], new ShareView(show, "of the patches"), cancel));
        terminal.Say($"{Amount.Of(patches, "patch", "patches")} written");
        terminal.Result(target);
        return ExitCode.Done;
    }
}
