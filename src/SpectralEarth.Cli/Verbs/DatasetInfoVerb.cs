using System.CommandLine;
using SpectralEarth.Cli.Views;
using SpectralEarth.Shards;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth dataset info DATASET [--locations] [--json]</c></summary>
internal static class DatasetInfoVerb
{
    private static readonly Argument<DirectoryInfo> Data = DatasetVerb.Argument();
    private static readonly Option<bool> Locations = new("--locations") { Description = "List the locations instead: id, longitude and latitude of the centre, dates." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON." };

    internal static Command Create() => new Command("info", "Show what a data set holds.") { Data, Locations, AsJson }.Running(Run).WithExamples(
        "spectralearth dataset info patches",
        "spectralearth dataset info patches --locations",
        "spectralearth dataset info patches --json | jq .ratio");

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var dataset = Dataset.Open(line.GetRequiredValue(Data).FullName);
        if (line.GetValue(Locations))
            ShowLocations(terminal, [.. DatasetLocation.Of(dataset)], line.GetValue(AsJson));
        else
            ShowSummary(terminal, dataset, line.GetValue(AsJson));
        return ExitCode.Done;
    }

    private static void ShowLocations(Terminal terminal, DatasetLocation[] locations, bool asJson)
    {
        if (asJson)
            terminal.Result(Json.Of(locations));
        else
            DatasetView.Show(terminal, locations);
    }

    private static void ShowSummary(Terminal terminal, Dataset dataset, bool asJson)
    {
        var summary = ProgressView.Run(terminal, "info", show => DatasetSummary.Of(dataset, new ShareView(show, "of the labels")));
        if (asJson)
            terminal.Result(Json.Of(summary));
        else
            DatasetView.Show(terminal, dataset.Path, summary);
    }
}
