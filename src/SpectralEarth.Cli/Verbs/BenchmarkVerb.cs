using System.CommandLine;
using SpectralEarth.Cli.Views;
using SpectralEarth.Tasks.Benchmarking;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth benchmark PLAN.yaml --out FOLDER</c></summary>
internal static class BenchmarkVerb
{
    private static readonly Argument<FileInfo> Plan = new("PLAN") { Description = "YAML: tasks, checkpoints, protocols, baselines, seeds (docs/benchmark.md)." };
    private static readonly Option<DirectoryInfo> Out = new("--out", "-o") { Description = "Folder of the runs and tables; finished runs in it are kept.", Required = true };

    internal static Command Create() => new Command("benchmark", "Compare checkpoints, protocols and baselines on tasks over seeds; the same command goes on where it stopped.")
        { Plan, Out }.Running(Run).WithExamples("spectralearth benchmark benchmark.yaml --out benchmark");

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var (file, target) = (line.GetRequiredValue(Plan), line.GetRequiredValue(Out).FullName);
        var plan = BenchmarkPlan.Read(file.FullName);
        using var log = RunLog.Open(terminal, target);
        var run = new BenchmarkRun(plan, target, Origin.Of(file), log);
        var reports = new List<CellReport>();
        foreach (var report in run.Cells(cancel, cell => terminal.Say($"{reports.Count + 1} of {run.Count}: {cell.Folder}")))
            reports.Add(report);
        if (reports.Count(report => report.WasFinished) is > 0 and var before)
            terminal.Say($"{Amount.Of(before, "was", "were")} finished before");

        var table = new BenchmarkTable(reports);
        foreach (var task in plan.Tasks)
        {
            var (header, lines) = table.Of(task.Name);
            terminal.Result(task.Name, header, lines);
        }

        terminal.Result(Path.Combine(target, "benchmark.html"));
        var failed = reports.Count(report => report.Failure is not null);
        return failed == 0 ? ExitCode.Done : failed < reports.Count ? ExitCode.DoneWithRejects : ExitCode.Failed;
    }
}
