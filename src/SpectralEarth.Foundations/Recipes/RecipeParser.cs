using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SpectralEarth.Recipes;

/// <summary>
/// Turns YAML text into nodes that know their line. Reads one document of plain data; anchors, aliases and tags are
/// refused, because no recipe needs them and aliases can blow a small file up.
/// </summary>
internal sealed class RecipeParser
{
    /// <summary>Deepest nesting of sections and lists.</summary>
    internal const int MaximumDepth = 32;

    /// <summary>Most values in one recipe.</summary>
    internal const int MaximumNodes = 1_000_000;

    private readonly Parser events;
    private readonly Func<Mark, string> placeOf;
    private readonly RecipeProblems problems;
    private int nodes;

    private RecipeParser(string yaml, Func<Mark, string> placeOf, RecipeProblems problems)
    {
        events = new Parser(new StringReader(yaml));
        this.placeOf = placeOf;
        this.problems = problems;
    }

    /// <summary>Parses a whole file; an empty one is an empty section.</summary>
    /// <exception cref="RecipeException">The text is not YAML, or too deep or too large.</exception>
    public static RecipeNode ParseFile(string yaml, string source, RecipeProblems problems) =>
        new RecipeParser(yaml, mark => $"{source}:{mark.Line}", problems).Document()
            ?? new RecipeSection($"{source}:1");

    /// <summary>Parses the value of an override.</summary>
    /// <inheritdoc cref="ParseFile"/>
    public static RecipeNode ParseValue(string yaml, string place, RecipeProblems problems) =>
        new RecipeParser(yaml, _ => place, problems).Document() ?? new RecipeScalar(place, "", IsQuoted: false);

    private RecipeNode? Document()
    {
        try
        {
            events.Consume<StreamStart>();
            if (events.TryConsume<StreamEnd>(out _))
                return null;
            events.Consume<DocumentStart>();
            var root = Node(depth: 0);
            events.Consume<DocumentEnd>();
            if (!events.Accept<StreamEnd>(out _))
                throw Refused(events.Current!.Start, "a second YAML document begins here; a recipe is one document");
            return root is RecipeScalar { IsNull: true } ? null : root;
        }
        catch (YamlException e)
        {
            var reason = e.Message.ReplaceLineEndings(" ");
            throw new RecipeException($"{placeOf(e.Start)}: this is not valid YAML: {reason}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // YamlDotNet's scanner leaves in these ways on some malformed values and escapes; it stands before them.
            throw new RecipeException($"{placeOf(events.Current?.End ?? Mark.Empty)}: this is not valid YAML here or just after", e);
        }
    }

    private RecipeNode Node(int depth)
    {
        if (depth > MaximumDepth)
            throw Refused(events.Current!.Start, $"sections are nested more than {MaximumDepth} deep");
        if (++nodes > MaximumNodes)
            throw Refused(events.Current!.Start, $"the recipe has more than {MaximumNodes} values");
        if (events.Accept<AnchorAlias>(out var alias))
            throw Refused(alias.Start, $"alias '*{alias.Value}' is not supported; write the value out");
        if (events.Accept<NodeEvent>(out var node) && !(node.Anchor.IsEmpty && node.Tag.IsEmpty))
            throw Refused(node.Start, "anchors (&) and tags (!) are not supported; write plain values");

        if (events.TryConsume<Scalar>(out var scalar))
            return new RecipeScalar(placeOf(scalar.Start), scalar.Value, scalar.Style != ScalarStyle.Plain);
        return events.TryConsume<SequenceStart>(out var list)
            ? List(placeOf(list.Start), depth)
            : Section(placeOf(events.Consume<MappingStart>().Start), depth);
    }

    private RecipeList List(string place, int depth)
    {
        var items = new List<RecipeNode>();
        while (!events.TryConsume<SequenceEnd>(out _))
            items.Add(Node(depth + 1));
        return new RecipeList(place, items);
    }

    private RecipeSection Section(string place, int depth)
    {
        var section = new RecipeSection(place);
        while (!events.TryConsume<MappingEnd>(out _))
        {
            var start = events.Current!.Start;
            if (Node(depth + 1) is not RecipeScalar key)
                throw Refused(start, "a key must be a single word");
            var entry = new RecipeEntry(key.Place, key.Text, Node(depth + 1));
            if (section.Find(entry.Key) is { } first)
                problems.Add(entry.Place, $"key '{entry.Key}' occurs twice; first at {first.Place}");
            else
                section.Set(entry);
        }

        return section;
    }

    private RecipeException Refused(Mark mark, string message) => new($"{placeOf(mark)}: {message}");
}
