using System.CommandLine;
using System.CommandLine.Parsing;
using SpectralEarth.Recipes;

namespace SpectralEarth.Cli;

/// <summary>What is wrong with a command line, with the name that was probably meant.</summary>
internal static class UsageErrors
{
    private const string OptionSign = "--";

    // Those of options that may be left out first: their names hold the others.
    private static readonly (Type Type, string Words)[] Numbers =
    [
        (typeof(int?), "whole number"), (typeof(long?), "whole number"), (typeof(double?), "number"),
        (typeof(int), "whole number"), (typeof(long), "whole number"), (typeof(double), "number"),
    ];

    /// <summary>A message for each error; none for a line that can be run, or that asks for help.</summary>
    internal static IReadOnlyList<string> Of(ParseResult line)
    {
        if (line.Action is { ClearsParseErrors: true })
            return [];
        // A mistyped name leaves its value over and a required option missing: it alone is what the user has to mend.
        string[] mistyped = [.. Mistyped(line)];
        return mistyped.Length > 0 ? mistyped : [.. line.Errors.Select(error => InWords(error.Message))];
    }

    private static IEnumerable<string> Mistyped(ParseResult line)
    {
        var verb = line.CommandResult.Command;
        if (verb.Subcommands.Count > 0 && line.UnmatchedTokens is [var first, ..] && !first.StartsWith('-'))
            return [$"{first} is no verb; {NearestName.Hint([.. verb.Subcommands.Select(other => other.Name)], first)}"];
        string[] options = [.. Options(line.CommandResult)];
        var children = line.CommandResult.Children;
        // Wherever an argument or the value of an option may stand, the parser takes an unknown option for it, and a known one for a value that was forgotten.
        var taken = children.SelectMany(child => child.Tokens).Select(token => token.Value).Where(value => value.StartsWith(OptionSign, StringComparison.Ordinal));
        var unknown = line.UnmatchedTokens.Where(token => token.StartsWith('-')).Concat(taken).Select(NameOf).Except(options)
            .Select(name => $"{name} is no option of {verb.Name}; {NearestName.Hint(options, name)}");
        var forgotten = from child in children.OfType<OptionResult>()
                        from name in child.Tokens.Select(token => NameOf(token.Value)).Intersect(options)
                        select $"{child.Option.Name} needs a value before {name}";
        return unknown.Concat(forgotten);
    }

    private static string NameOf(string token) => token.Split('=')[0];

    private static IEnumerable<string> Options(CommandResult verb)
    {
        for (var level = verb; level is not null; level = level.Parent as CommandResult)
        {
            foreach (var option in level.Command.Options.Where(option => level == verb || option.Recursive))
                yield return option.Name;
        }
    }

    /// <summary>The parser's message with words for types, which are .NET's.</summary>
    private static string InWords(string message) => Numbers.Aggregate(message, (text, number) => text.Replace(number.Type.ToString(), number.Words, StringComparison.Ordinal));
}
