using System.CommandLine;
using SpectralEarth.Distribution;
using Spectre.Console;

namespace SpectralEarth.Cli.Views;

/// <summary>The console: results on standard output, messages and progress on standard error.</summary>
internal sealed class Terminal : IDisposable
{
    /// <summary>Option that every verb has.</summary>
    internal static readonly Option<bool> Verbose = new("--verbose", "-v") { Description = "Say more, for finding faults.", Recursive = true };

    /// <summary>Option that every verb has.</summary>
    internal static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Say nothing but errors and results.", Recursive = true };

    private readonly IAnsiConsole output;
    private readonly IAnsiConsole messages;

    private Terminal(bool verbose, bool quiet)
    {
        (IsVerbose, IsQuiet) = (verbose, quiet);
        var isPassedOn = Ranks.IsOutputPassedOn();
        output = Open(Console.Out, Console.IsOutputRedirected || isPassedOn);
        messages = Open(Console.Error, Console.IsErrorRedirected || isPassedOn);
        IsInteractive = !Console.IsErrorRedirected && !isPassedOn && messages.Profile.Capabilities.Interactive;
    }

    internal bool IsVerbose { get; }

    internal bool IsQuiet { get; }

    /// <summary>True if a person watches, so that progress may redraw itself.</summary>
    internal bool IsInteractive { get; }

    /// <summary>The console for live progress.</summary>
    internal IAnsiConsole Messages => messages;

    /// <summary>
    /// Has .NET and all else in this process take the terminal that a launcher gives its ranks for a plain one, so that what it passes on
    /// holds no control characters or colours. Call it before anything touches the console.
    /// </summary>
    internal static void TakePlainOneFromLauncher()
    {
        if (Ranks.IsOutputPassedOn())
            Environment.SetEnvironmentVariable("TERM", "dumb");
    }

    internal static Terminal For(ParseResult line) => new(line.GetValue(Verbose), line.GetValue(Quiet));

    /// <summary>Prints a result.</summary>
    internal void Result(string text) => output.Profile.Out.Writer.WriteLine(text);

    /// <summary>Prints a table of names and values.</summary>
    internal void Result(string title, IEnumerable<(string Name, string Value)> rows)
    {
        var table = new Table { Border = TableBorder.Rounded, Title = new TableTitle(Markup.Escape(title)), ShowHeaders = false };
        table.AddColumn("name").AddColumn("value");
        foreach (var (name, value) in rows)
            table.AddRow(Markup.Escape(name), Markup.Escape(value));
        output.Write(table);
    }

    /// <summary>Prints a table with a header.</summary>
    internal void Result(string title, IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = TableBorder.Rounded, Title = new TableTitle(Markup.Escape(title)) };
        foreach (var name in header)
            table.AddColumn(new TableColumn(Markup.Escape(name)));
        foreach (var row in rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        output.Write(table);
    }

    /// <summary>Says what is going on, unless quiet.</summary>
    internal void Say(string text)
    {
        if (!IsQuiet)
            messages.MarkupLineInterpolated($"{text}");
    }

    /// <summary>Says which command comes next, unless quiet; words in capitals are the reader's to fill in.</summary>
    internal void Next(params string[] command) =>
        Say($"next: spectralearth {string.Join(' ', command.Select(word => word.Contains(' ') ? $"'{word}'" : word))}");

    /// <summary>Prints a warning, also when quiet.</summary>
    internal void Warn(string text) => messages.MarkupLineInterpolated($"[yellow]warning:[/] {text}");

    /// <summary>Prints an error, also when quiet.</summary>
    internal void Error(string text) => messages.MarkupLineInterpolated($"[red]error:[/] {text}");

    /// <inheritdoc/>
    public void Dispose()
    {
        output.Profile.Out.Writer.Flush();
        messages.Profile.Out.Writer.Flush();
    }

    private static IAnsiConsole Open(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (redirected)
            console.Profile.Width = 400;    // files and pipes have no edge to wrap at
        return console;
    }
}
