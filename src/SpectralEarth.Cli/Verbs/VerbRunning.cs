using System.CommandLine;
using SpectralEarth.Cli.Views;

namespace SpectralEarth.Cli.Verbs;

/// <summary>How verbs are run, and what several of them ask of their options.</summary>
internal static class VerbRunning
{
    /// <summary>
    /// Runs a verb on the thread that runs the line, the process's first. On Linux glibc serves that one from the heap, which keeps what is freed
    /// for the next training step; the other threads' arenas have no room for blocks above 64 MB, which are then mapped from the kernel page by page each time.
    /// </summary>
    internal static Command Running(this Command verb, Func<ParseResult, Terminal, CancellationToken, ExitCode> run)
    {
        verb.SetAction(line =>
        {
            using var terminal = Terminal.For(line);
            return (int)run(line, terminal, Program.Stop);
        });
        return verb;
    }

    /// <summary>Refuses values below <paramref name="least"/>.</summary>
    internal static Option<int> AtLeast(this Option<int> option, int least) => option.Must(value => value >= least, $"be at least {least}");

    /// <summary>Refuses files whose names do not end as the form that is written into them.</summary>
    internal static Option<T> EndingWith<T>(this Option<T> option, string ending)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !token.Value.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                result.AddError($"{option.Name} must name a {ending} file; found {token.Value}.");
        });
        return option;
    }

    /// <summary>Refuses values for which <paramref name="holds"/> is false.</summary>
    internal static Option<T> Must<T>(this Option<T> option, Predicate<T> holds, string rule)
        where T : IParsable<T>
    {
        // Asked for its value, the result would throw where that is no T; the parser tells this by itself.
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && T.TryParse(token.Value, null, out var value) && !holds(value))
                result.AddError($"{option.Name} must {rule}; found {token.Value}.");
        });
        return option;
    }
}
