using System.CommandLine;
using SpectralEarth.Cli.Views;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth dataset ...</c></summary>
internal static class DatasetVerb
{
    internal static Command Create()
    {
        var group = new Command("dataset", "Look at, check, divide, merge, import and export patch data sets.")
        {
            DatasetInfoVerb.Create(),
            DatasetVerifyVerb.Create(),
            DatasetSplitVerb.Create(),
            DatasetMergeVerb.Create(),
            DatasetImportVerb.Create(),
            DatasetExportVerb.Create(),
            DatasetPreviewVerb.Create(),
        };
        return group.WithExamples(
            "spectralearth dataset info patches",
            "spectralearth dataset verify patches");
    }

    /// <summary>The data set that a verb works on.</summary>
    internal static Argument<DirectoryInfo> Argument() => new("DATASET") { Description = "Data set folder." };

    /// <summary>Runs a verb on the first thread, while others listen for Ctrl-C.</summary>
    internal static Command Running(this Command verb, Func<ParseResult, Terminal, CancellationToken, ExitCode> run)
    {
        verb.SetAction((line, cancel) => MainThread.Run(() =>
        {
            using var terminal = Terminal.For(line);
            return (int)run(line, terminal, cancel);
        }));
        return verb;
    }
}
