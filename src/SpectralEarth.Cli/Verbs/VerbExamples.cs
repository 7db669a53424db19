using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SpectralEarth.Cli.Verbs;

/// <summary>Examples at the end of each command's help.</summary>
internal static class VerbExamples
{
    private static readonly Dictionary<Command, string[]> ByCommand = [];

    /// <summary>Notes the examples of <paramref name="command"/> and returns it.</summary>
    internal static TCommand WithExamples<TCommand>(this TCommand command, params string[] examples)
        where TCommand : Command
    {
        ByCommand[command] = examples;
        return command;
    }

    /// <summary>Makes the help of <paramref name="root"/> and all its verbs end with their examples.</summary>
    internal static RootCommand ShowingExamples(this RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in ByCommand[parseResult.CommandResult.Command])
                output.WriteLine("  " + example);
            output.WriteLine();
            return code;
        }
    }
}
