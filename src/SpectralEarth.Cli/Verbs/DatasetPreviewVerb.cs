using System.CommandLine;
using SpectralEarth.Cli.Views;
using SpectralEarth.Shards;
using SpectralEarth.Tiling.Previewing;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth dataset preview DATASET --out FILE.html</c></summary>
internal static class DatasetPreviewVerb
{
    private static readonly Argument<DirectoryInfo> Data = DatasetVerb.Argument();
    private static readonly Option<FileInfo> Out = new Option<FileInfo>("--out", "-o") { Description = "HTML file to write; it needs no other file.", Required = true }.EndingWith(".html");
    private static readonly Option<int> Pictures = new Option<int>("--pictures") { Description = "Patches to show.", DefaultValueFactory = _ => 30 }.AtLeast(1);

    internal static Command Create() => new Command("preview", "Write a page with pictures, a map, spectra, histograms and quality of a data set.")
        { Data, Out, Pictures }.Running(Run).WithExamples("spectralearth dataset preview patches --out patches.html");

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var target = line.GetRequiredValue(Out).FullName;
        var dataset = Dataset.Open(line.GetRequiredValue(Data).FullName);
        var page = ProgressView.Run(terminal, "preview", show =>
        {
            DatasetPreview.Write(dataset, target, line.GetValue(Pictures), new ShareView(show, "of the labels"));
            return target;
        });
        terminal.Result(page);
        return ExitCode.Done;
    }
}
