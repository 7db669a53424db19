using System.Globalization;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace SpectralEarth.Cli.Views;

/// <summary>The log of a run: JSON lines in its folder, and what matters on the console.</summary>
internal static class RunLog
{
    private const long LargestFile = 64L << 20;

    /// <summary>Opens the log of the run in <paramref name="runFolder"/>; ranks other than 0 tell errors to the console and nothing else.</summary>
    internal static Logger Open(Terminal terminal, string runFolder, int rank = 0)
    {
        if (rank > 0)
            return WithConsole(new LoggerConfiguration(), LogEventLevel.Error).CreateLogger();
        var console = terminal.IsVerbose ? LogEventLevel.Debug : terminal.IsQuiet ? LogEventLevel.Error : LogEventLevel.Warning;
        return WithConsole(new LoggerConfiguration(), console)
            .MinimumLevel.Debug()
            .WriteTo.File(new CompactJsonFormatter(), Path.Combine(runFolder, "log.jsonl"), fileSizeLimitBytes: LargestFile, rollOnFileSizeLimit: true, retainedFileCountLimit: 10)
            .CreateLogger();
    }

    private static LoggerConfiguration WithConsole(LoggerConfiguration log, LogEventLevel least) =>
        log.WriteTo.Console(least, "{Level:w}: {Message:lj}{NewLine}", CultureInfo.InvariantCulture, standardErrorFromLevel: LogEventLevel.Verbose);
}
