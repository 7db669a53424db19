using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Runtime.InteropServices;
using SpectralEarth.Cli.Verbs;
using SpectralEarth.Cli.Views;
using SpectralEarth.Distribution;
using SpectralEarth.Training;

namespace SpectralEarth.Cli;

/// <summary>Turns arguments into a verb, and exceptions into messages and exit codes.</summary>
internal static class Program
{
    private static readonly TimeSpan TimeToSpeak = TimeSpan.FromSeconds(3);

    // timeout(1) tells a process and then its group, so that one wish may come twice.
    private static readonly TimeSpan OneWish = TimeSpan.FromSeconds(1);

    private static readonly CancellationTokenSource Stopping = new();
    private static readonly Stopwatch SinceAsked = new();

    /// <summary>Cancelled by Ctrl-C and SIGTERM.</summary>
    internal static CancellationToken Stop => Stopping.Token;

    private static int Main(string[] args)
    {
        Terminal.TakePlainOneFromLauncher();
        NativeTuning.TuneAllocator();
        NativeTuning.WaitPassively();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, AskToStop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, AskToStop);
        try
        {
            return Run(args);
        }
        finally
        {
            FinalizerGate.OpenForGood();
        }
    }

    /// <summary>Runs one command line, its verb on the calling thread.</summary>
    internal static int Run(string[] args)
    {
        var line = Create().Parse(args);
        using var terminal = Terminal.For(line);
        if (UsageErrors.Of(line) is { Count: > 0 } errors)
        {
            foreach (var error in errors)
                terminal.Error(error);
            terminal.Error($"See spectralearth {VerbName(line)}--help.");
            return (int)ExitCode.BadUsage;
        }

        try
        {
            if (VerbName(line).TrimEnd() is var verb and not ("" or "tile" or "pretrain") && Ranks.AdviceOnOneProcess(verb) is { } advice)
                terminal.Warn(advice);
            return line.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (UsageException error)
        {
            terminal.Error(error.Message);
            return (int)ExitCode.BadUsage;
        }
        catch (OtherRankException)
        {
            // That rank tells why, and must be let speak: the launcher ends all ranks when the first one ends.
            Thread.Sleep(TimeToSpeak);
            return (int)ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            terminal.Error("Stopped. Run the same command again to go on.");
            return (int)ExitCode.Stopped;
        }
        catch (Exception exception) when (Failures.IsExpected(exception))
        {
            terminal.Error(terminal.IsVerbose ? exception.ToString() : Failures.Describe(exception));
            return (int)ExitCode.Failed;
        }
        catch (Exception exception)
        {
            terminal.Error("This is a bug in spectralearth. Please report it with the lines below.");
            terminal.Error(exception.ToString());
            return (int)ExitCode.Failed;
        }
    }

    /// <summary>Asks the verb to end in good order; who asks again does not want to wait for that, and the process ends at once.</summary>
    private static void AskToStop(PosixSignalContext signal)
    {
        signal.Cancel = SinceAsked.Elapsed < OneWish;
        SinceAsked.Start();
        Stopping.Cancel();
    }

    private static RootCommand Create()
    {
        var root = new RootCommand("Hyperspectral foundation models: scenes -> patches -> pretraining -> fine-tuning -> maps.")
        {
            InspectVerb.Create(),
            SynthVerb.Create(),
            TileVerb.Create(),
            DatasetVerb.Create(),
            PretrainVerb.Create(),
            BenchVerb.Create(),
            FinetuneVerb.Create(),
            PredictVerb.Create(),
            EvaluateVerb.Create(),
            EmbedVerb.Create(),
            SimilarVerb.Create(),
            BaselineVerb.Create(),
            BenchmarkVerb.Create(),
            ExportVerb.Create(),
            ImportVerb.Create(),
            DemoVerb.Create(),
        };
        root.Options.Add(Terminal.Verbose);
        root.Options.Add(Terminal.Quiet);
        return root.ShowingExamples().WithExamples(
            "spectralearth demo",
            "spectralearth tile scenes --out patches --patch-size 128",
            "spectralearth pretrain --data patches --recipe checkpoints/spec-vit-small-mae/pretrain.yaml --out runs/small");
    }

    private static string VerbName(ParseResult line)
    {
        var names = new Stack<string>();
        for (var result = line.CommandResult; result?.Command is not RootCommand and not null; result = result.Parent as CommandResult)
            names.Push(result.Command.Name + " ");
        return string.Concat(names);
    }
}
