using System.CommandLine;
using SpectralEarth.Cli.Views;

namespace SpectralEarth.Cli.Verbs;

/// <summary>How verbs are run, and what several of them ask of their options.</summary>
internal static class VerbRunning
{
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

    /// <summary>Refuses values below <paramref name="least"/>.</summary>
    internal static Option<int> AtLeast(this Option<int> option, int least)
    {
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < least)
                result.AddError($"{option.Name} must be at least {least}.");
        });
        return option;
    }
}
