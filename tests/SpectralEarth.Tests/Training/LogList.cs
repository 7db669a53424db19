using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace SpectralEarth.Tests.Training;

/// <summary>A log whose lines a test can look at.</summary>
internal sealed class LogList : ILogEventSink
{
    private readonly List<LogEvent> events = [];

    public LogList() => Logger = new LoggerConfiguration().WriteTo.Sink(this).CreateLogger();

    public ILogger Logger { get; }

    public IEnumerable<string> Warnings => Lines(LogEventLevel.Warning);

    public IEnumerable<string> Errors => Lines(LogEventLevel.Error);

    public IEnumerable<string> Messages => Lines(LogEventLevel.Information);

    public void Emit(LogEvent logEvent) => events.Add(logEvent);

    private IEnumerable<string> Lines(LogEventLevel level) =>
        events.Where(item => item.Level == level).Select(item => item.RenderMessage(System.Globalization.CultureInfo.InvariantCulture));
}
