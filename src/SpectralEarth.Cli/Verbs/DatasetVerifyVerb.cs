using System.CommandLine;
using System.Globalization;
using SpectralEarth.Cli.Views;
using SpectralEarth.Shards.Verification;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth dataset verify DATASET</c></summary>
internal static class DatasetVerifyVerb
{
    private static readonly Argument<DirectoryInfo> Data = DatasetVerb.Argument();

    internal static Command Create() => new Command("verify", "Check every byte, row, checksum and statistic of a data set; exit code 1 if anything is wrong.") { Data }
        .Running(Run).WithExamples("spectralearth dataset verify patches");

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var report = ProgressView.Run(terminal, "verify", show => DatasetVerifier.Run(line.GetRequiredValue(Data).FullName, new View(show), cancel));
        foreach (var problem in report.Problems)
            terminal.Result(problem.ToString());
        terminal.Say(string.Create(CultureInfo.InvariantCulture,
            $"{Amount.Of(report.Files, "file")}, {Amount.Of(report.Patches, "patch", "patches")}, {report.Bytes / 1e6:0.0} MB in {report.Seconds:0.0} s"));
        if (report.Problems.Count == 0)
        {
            terminal.Result("sound: every byte is as it was written");
            return ExitCode.Done;
        }

        terminal.Error($"{Amount.Of(report.Problems.Count, "problem")}. Restore the files named, or make the data set again.");
        return ExitCode.Failed;
    }

    private sealed class View(Action<ProgressState> show) : IProgress<VerifyProgress>
    {
        public void Report(VerifyProgress value) =>
            show(new ProgressState(value.Patches / (double)value.Total, $"patch {value.Patches} of {value.Total}, {Amount.Of(value.Problems, "problem")}"));
    }
}
