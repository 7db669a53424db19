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
        var file = new LoggerConfiguration().MinimumLevel.Debug()
            .WriteTo.File(new CompactJsonFormatter(), Path.Combine(runFolder, "log.jsonl"), fileSizeLimitBytes: LargestFile, rollOnFileSizeLimit: true, retainedFileCountLimit: 10)
            .CreateLogger();
        return WithConsole(new LoggerConfiguration(), console).MinimumLevel.Debug().WriteTo.Sink(new FileOfRun(file, terminal)).CreateLogger();
    }

    /// <summary>The log's file. If the disk is full when it is closed, a warning says so, instead of an error in place of the one that ended the run.</summary>
    private sealed class FileOfRun(Logger file, Terminal terminal) : ILogEventSink, IDisposable
    {
        public void Emit(LogEvent logEvent) => file.Write(logEvent);

        public void Dispose()
        {
            try
            {
                file.Dispose();
            }
            catch (IOException error)
            {
                terminal.Warn($"the log's last lines are lost: {error.Message}");
            }
        }
    }

    private static LoggerConfiguration WithConsole(LoggerConfiguration log, LogEventLevel least) =>
        log.WriteTo.Console(least, "{Level:w}: {Message:lj}{NewLine}", CultureInfo.InvariantCulture, standardErrorFromLevel: LogEventLevel.Verbose);
}
