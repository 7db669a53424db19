using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SpectralEarth.Cli.Verbs;

/// <summary>Adds examples to the help of a command.</summary>
internal static class VerbExamples
{
    /// <summary>Returns <paramref name="command"/> with a help page that ends with <paramref name="examples"/>.</summary>
    internal static TCommand WithExamples<TCommand>(this TCommand command, params string[] examples)
        where TCommand : Command
    {
        var help = command.Options.OfType<HelpOption>().FirstOrDefault();
        if (help is null)
            command.Options.Add(help = new HelpOption());
        help.Action = new HelpWithExamples((HelpAction)help.Action!, examples);
        return command;
    }

    private sealed class HelpWithExamples(HelpAction help, string[] examples) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in examples)
                output.WriteLine("  " + example);
            output.WriteLine();
            return code;
        }
    }
}
