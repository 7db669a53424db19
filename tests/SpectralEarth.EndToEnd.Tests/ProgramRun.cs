using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Storage;
using SpectralEarth.Testing;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>One run of the program, in a process of its own, as a user starts it.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Messages)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Path of the program.</summary>
    internal static string Program { get; } =
        Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "spectralearth.exe" : "spectralearth");

    /// <summary>Everything the program printed.</summary>
    internal string All => Output + Messages;

    /// <summary>Runs the program to its end.</summary>
    internal static ProgramRun Of(params string[] arguments) => InHome(null, arguments);

    /// <summary>Runs the program to its end, with the folders <c>datasets</c> and <c>checkpoints</c> of <paramref name="home"/>; null for its own.</summary>
    internal static ProgramRun InHome(string? home, params string[] arguments)
    {
        using var process = Start("SPECTRALEARTH_HOME", home, arguments);
        return ToEnd(process, $"spectralearth {string.Join(' ', arguments)}");
    }

    /// <summary>Runs the program, which must succeed, on more threads than the tests have otherwise.</summary>
    internal static ProgramRun SucceedsOnThreads(int threads, params string[] arguments)
    {
        using var process = Start("OMP_NUM_THREADS", threads.ToString(CultureInfo.InvariantCulture), arguments);
        return Succeeded(ToEnd(process, $"spectralearth {string.Join(' ', arguments)}"), arguments);
    }

    /// <summary>
    /// Runs a line that ends before any verb does, such as help, in this process: soon done, but in a fixture that runs
    /// alone, since there is one console.
    /// </summary>
    internal static ProgramRun Here(params string[] arguments)
    {
        var (console, errors) = (Console.Out, Console.Error);
        using var output = new StringWriter();
        using var messages = new StringWriter();
        try
        {
            Console.SetOut(output);
            Console.SetError(messages);
            return new ProgramRun(Cli.Program.Run(arguments), output.ToString(), messages.ToString());
        }
        finally
        {
            Console.SetOut(console);
            Console.SetError(errors);
        }
    }

    /// <summary>Runs the program as several ranks to their end; skips the test without mpirun.</summary>
    internal static ProgramRun OfRanks(int ranks, params string[] arguments)
    {
        using var process = Mpirun.Start(ranks, [], [Program, .. arguments]);
        return ToEnd(process, $"mpirun -n {ranks} spectralearth {string.Join(' ', arguments)}");
    }

    /// <summary>Makes a folder with the program's data sets and no checkpoints, for <see cref="InHome"/>.</summary>
    internal static string Home(string path)
    {
        Directory.CreateDirectory(Path.Combine(path, "checkpoints"));
        Directory.CreateSymbolicLink(Path.Combine(path, "datasets"), ProgramFolder.Find("datasets"));
        return path;
    }

    /// <summary>Waits for the end of a process that was started with redirected output.</summary>
    internal static ProgramRun ToEnd(Process process, string command)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var messages = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{command} did not end within {Patience}.");
        }

        return new ProgramRun(process.ExitCode, output.Result, messages.Result);
    }

    /// <summary>Runs the program, which must succeed.</summary>
    internal static ProgramRun Succeeds(params string[] arguments) => Succeeded(Of(arguments), arguments);

    private static ProgramRun Succeeded(ProgramRun run, string[] arguments)
    {
        Assert.That(run.ExitCode, Is.Zero, $"spectralearth {string.Join(' ', arguments)}\n{run.All}");
        return run;
    }

    /// <summary>Starts the program and kills it (SIGKILL) after <paramref name="delay"/>; true if it was still running.</summary>
    internal static bool KilledAfter(TimeSpan delay, params string[] arguments)
    {
        using var process = Start(arguments);
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        var ended = process.WaitForExit(delay);
        if (!ended)
            process.Kill();
        process.WaitForExit();
        return !ended;
    }

    /// <summary>Starts the program without waiting for it.</summary>
    internal static Process Start(params string[] arguments) => Start("SPECTRALEARTH_HOME", null, arguments);

    private static Process Start(string variable, string? value, string[] arguments)
    {
        var start = new ProcessStartInfo(Program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (value is not null)
            start.Environment[variable] = value;
        return Process.Start(start) ?? throw new InvalidOperationException("The program did not start.");
    }
}
