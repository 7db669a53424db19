using System.CommandLine;
using SpectralEarth.Recipes;

namespace SpectralEarth.Cli.Verbs;

/// <summary>An option of which each value is a word: the name of a member of <typeparamref name="T"/> in lower case, accepted in any case.</summary>
internal sealed class ChoiceOption<T> : Option<string>
    where T : struct, Enum
{
    private static readonly string[] Words = [.. Enum.GetValues<T>().Select(Word)];

    /// <param name="name">Name with its dashes.</param>
    /// <param name="description">Text for the help.</param>
    /// <param name="usual">Value where the option is not given.</param>
    internal ChoiceOption(string name, string description, T usual = default)
        : base(name)
    {
        (Description, DefaultValueFactory) = (description, _ => Word(usual));
        CompletionSources.Add(Words);       // the help shows these
        Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !Words.Contains(token.Value, StringComparer.OrdinalIgnoreCase)))
                result.AddError($"{name} cannot be '{token.Value}'; {NearestName.Hint(Words, token.Value)}");
        });
    }

    /// <summary>The value on a command line.</summary>
    internal T Of(ParseResult line) => Enum.Parse<T>(line.GetRequiredValue(this), ignoreCase: true);

    private static string Word(T value) => value.ToString().ToLowerInvariant();
}
