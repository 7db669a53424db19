using System.Globalization;
using System.Text;
using System.Xml;
using SpectralEarth.Scenes.Sources;

namespace SpectralEarth.Scenes.Products;

/// <summary>
/// The leaf elements of a METADATA.XML by path below the root. The file is read as a stream; attitude, orbit and
/// calibration records, which are most of it, are passed over. DTDs are refused, and with them entities of any kind.
/// </summary>
internal sealed class MetadataElements
{
    private const int MaximumDepth = 32;
    private const int MaximumElements = 200_000;
    private const int MaximumTextCharacters = 1 << 20;
    private const long MaximumCharacters = 64L << 20;

    private static readonly HashSet<string> Skipped = ["product/navigation", "product/calibration"];

    private readonly Dictionary<string, string> elements = [];

    private MetadataElements(string file) => File = file;

    /// <summary>File name without folder, for messages.</summary>
    internal string File { get; }

    /// <exception cref="SceneException">Not well-formed, too large, or with a DTD.</exception>
    internal static MetadataElements Read(ByteSource source)
    {
        var result = new MetadataElements(source.Name);
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = MaximumCharacters,
            MaxCharactersFromEntities = 1024,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };
        try
        {
            using var stream = new SourceStream(source);
            using var reader = XmlReader.Create(stream, settings);
            result.Collect(reader);
            return result;
        }
        catch (XmlException cause)
        {
            // The runtime's message on a DTD tells a programmer how to allow it.
            var reason = cause.Message.Contains(nameof(DtdProcessing), StringComparison.Ordinal) ? "it has a DTD." : cause.Message;
            throw result.Error(
                $"is no usable XML: {reason} A METADATA.XML is well-formed, has no DTD (external entities and entity " +
                $"definitions are refused) and at most {MaximumCharacters >> 20} million characters. Fetch the product again.",
                cause);
        }
    }

    /// <summary>True if the element is there, even if empty.</summary>
    internal bool Has(string path) => elements.ContainsKey(path);

    /// <summary>Text of an element that must not be empty.</summary>
    internal string Text(string path, string expected)
    {
        if (!elements.TryGetValue(path, out var text))
            throw Error($"element {path} is missing; expected {expected}.");
        return text.Length > 0 ? text : throw Error($"element {path} is empty; expected {expected}.");
    }

    /// <summary>A finite number, with a decimal point whatever the machine's language.</summary>
    internal double Number(string path)
    {
        var text = Text(path, "a number");
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw Error($"element {path} is '{Shortened(text)}'; expected a number.");
    }

    /// <summary>A number, or null if the element is absent, empty or -999 (not available).</summary>
    internal double? OptionalNumber(string path) =>
        elements.TryGetValue(path, out var text) && text.Length > 0 && Number(path) is var value && value != -999 ? value : null;

    /// <summary>An integer from <paramref name="minimum"/> to <paramref name="maximum"/>.</summary>
    internal int Integer(string path, int minimum, int maximum)
    {
        var expected = $"an integer from {minimum} to {maximum}";
        var text = Text(path, expected);
        return int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum
            ? value
            : throw Error($"element {path} is '{Shortened(text)}'; expected {expected}.");
    }

    /// <summary>Comma-separated integers from 1 to <paramref name="maximum"/>.</summary>
    internal int[] Integers(string path, int maximum) =>
        [.. Text(path, "a comma-separated list").Split(',', StringSplitOptions.TrimEntries).Select(part =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1 && value <= maximum
                ? value
                : throw Error($"element {path} lists '{Shortened(part)}'; expected numbers from 1 to {maximum}."))];

    /// <summary>A point in time, UTC.</summary>
    internal DateTime Time(string path)
    {
        const string expected = "a time like 2022-07-24T10:45:26.000000Z";
        var text = Text(path, expected);
        return DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var value)
            ? value
            : throw Error($"element {path} is '{Shortened(text)}'; expected {expected}.");
    }

    /// <summary>An error of this file.</summary>
    internal SceneException Error(string message, Exception? cause = null) => new($"{File}: {message}", cause);

    internal static string Shortened(string text) => text.Length <= 80 ? text : text[..80] + "...";

    private void Collect(XmlReader reader)
    {
        var path = new List<string>();
        var text = new StringBuilder();
        var isLeaf = false;
        reader.MoveToContent();
        while (!reader.EOF)
        {
            var isSkipped = false;
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    text.Clear();
                    isSkipped = Enter(reader, path, out isLeaf);
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA:
                    text.Append(reader.Value);
                    if (text.Length > MaximumTextCharacters)
                        throw Error($"element {Joined(path)} has more than {MaximumTextCharacters} characters. The file is damaged.");
                    break;
                case XmlNodeType.EndElement:
                    if (isLeaf)
                        Add(Joined(path), text.ToString().Trim());
                    isLeaf = false;
                    path.RemoveAt(path.Count - 1);
                    break;
            }

            if (isSkipped)
                reader.Skip();
            else
                reader.Read();
        }
    }

    /// <summary>Enters an element; true if it is to be passed over.</summary>
    private bool Enter(XmlReader reader, List<string> path, out bool isLeaf)
    {
        isLeaf = !reader.IsEmptyElement;
        var number = reader.GetAttribute("number");
        path.Add(number is null ? reader.LocalName : $"{reader.LocalName}[{Shortened(number)}]");
        if (path.Count > MaximumDepth)
            throw Error($"elements are nested more than {MaximumDepth} deep. The file is damaged.");
        if (Skipped.Contains(Joined(path)))
        {
            path.RemoveAt(path.Count - 1);
            return true;
        }

        if (reader.IsEmptyElement)
        {
            Add(Joined(path), "");
            path.RemoveAt(path.Count - 1);
        }

        return false;
    }

    /// <summary>Repeated elements without number (corners of polygons) keep their first value; nothing here needs the others.</summary>
    private void Add(string path, string text)
    {
        if (!elements.TryAdd(path, text) && path.Contains("bandID[", StringComparison.Ordinal))
            throw Error($"element {path} occurs twice. The file is damaged.");
        if (elements.Count > MaximumElements)
            throw Error($"there are more than {MaximumElements} elements. The file is damaged.");
    }

    private static string Joined(List<string> path) => string.Join('/', path.Skip(1));
}
