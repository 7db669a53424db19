using System.CommandLine;
using SpectralEarth.Cli.Views;
using SpectralEarth.Shards;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth dataset info DATASET [--json]</c></summary>
internal static class DatasetInfoVerb
{
    private static readonly Argument<DirectoryInfo> Data = DatasetVerb.Argument();
    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON." };

    internal static Command Create() => new Command("info", "Show what a data set holds.") { Data, AsJson }.Running(Run).WithExamples(
        "spectralearth dataset info patches",
        "spectralearth dataset info patches --json | jq .ratio");

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var dataset = Dataset.Open(line.GetRequiredValue(Data).FullName);
        var summary = ProgressView.Run(terminal, "info", show => DatasetSummary.Of(dataset, new ShareView(show, "of the labels")));
        if (line.GetValue(AsJson))
            terminal.Result(Json.Of(summary));
        else
            DatasetView.Show(terminal, dataset.Path, summary);
        return ExitCode.Done;
    }
}
