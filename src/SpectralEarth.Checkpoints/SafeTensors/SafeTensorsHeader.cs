using System.Text;
using System.Text.Json;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints.SafeTensors;

/// <summary>Where a tensor lies in the data section.</summary>
/// <param name="Type">Number type.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Begin">First byte.</param>
/// <param name="End">Byte after the last.</param>
internal sealed record TensorEntry(ScalarType Type, IReadOnlyList<long> Shape, long Begin, long End);

/// <summary>Parses and checks the JSON header of a safetensors file; every rule of the format is enforced.</summary>
internal sealed class SafeTensorsHeader
{
    /// <summary>Longest header, bytes: the format's own limit.</summary>
    internal const long MaximumBytes = 100_000_000;

    private const string MetadataName = "__metadata__";

    private readonly Dictionary<string, TensorEntry> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    private readonly string path;

    private SafeTensorsHeader(string path) => this.path = path;

    /// <summary>Tensors by name.</summary>
    internal IReadOnlyDictionary<string, TensorEntry> Entries => entries;

    /// <summary>Metadata entries.</summary>
    internal IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Parses header text and checks it against the length of the data section.</summary>
    /// <exception cref="CheckpointException">A rule is broken.</exception>
    internal static SafeTensorsHeader Parse(ReadOnlySpan<byte> json, long dataBytes, string path)
    {
        var header = new SafeTensorsHeader(path);
        try
        {
            header.Read(json);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            throw header.Broken($"the header, from byte 8 on, is no valid JSON ({error.Message})", error);
        }

        header.CheckLayout(dataBytes);
        return header;
    }

    private void Read(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
            throw Broken("the header does not begin with '{' at byte 8");
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 3 });
        reader.Read();
        while (Next(ref reader, JsonTokenType.EndObject, JsonTokenType.PropertyName))
        {
            var name = reader.GetString()!;
            Expect(ref reader, JsonTokenType.StartObject, name);
            if (name == MetadataName)
                ReadMetadata(ref reader);
            else if (name.Length == 0)
                throw Broken("tensor \"\" has an empty name");
            else if (!entries.TryAdd(name, ReadEntry(ref reader, name)))
                throw Broken($"tensor \"{name}\" occurs twice");
        }

        if (reader.Read())
            throw Broken($"text follows the header at byte {8 + reader.TokenStartIndex}");
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        while (Next(ref reader, JsonTokenType.EndObject, JsonTokenType.PropertyName))
        {
            var key = reader.GetString()!;
            Expect(ref reader, JsonTokenType.String, key);
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw Broken($"metadata entry \"{key}\" occurs twice");
        }
    }

    private TensorEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        (ScalarType? type, List<long>? shape, List<long>? offsets) = (null, null, null);
        while (Next(ref reader, JsonTokenType.EndObject, JsonTokenType.PropertyName))
        {
            var key = reader.GetString()!;
            if (key == "dtype" && type is null)
                type = ReadType(ref reader, name);
            else if (key == "shape" && shape is null)
                shape = ReadNumbers(ref reader, name);
            else if (key == "data_offsets" && offsets is null)
                offsets = ReadNumbers(ref reader, name);
            else
                throw Broken($"tensor \"{name}\" has an unknown or repeated entry \"{key}\"");
        }

        if (type is null || shape is null || offsets is not { Count: 2 })
            throw Broken($"tensor \"{name}\" lacks dtype, shape or two data_offsets");
        var entry = new TensorEntry(type.Value, shape, offsets[0], offsets[1]);
        CheckSize(entry, name);
        return entry;
    }

    private ScalarType ReadType(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.String, name);
        var text = reader.GetString()!;
        return NumberType.Parse(text) ?? throw Broken($"tensor \"{name}\" has type {text}; known types are {NumberType.Names}");
    }

    private List<long> ReadNumbers(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.StartArray, name);
        var numbers = new List<long>();
        while (Next(ref reader, JsonTokenType.EndArray, JsonTokenType.Number))
        {
            if (!reader.TryGetInt64(out var number) || number < 0)
                throw Broken($"tensor \"{name}\" has a size or offset that is no non-negative whole number");
            numbers.Add(number);
        }

        return numbers;
    }

    private void CheckSize(TensorEntry entry, string name)
    {
        UInt128 bytes = (UInt128)NumberType.Bytes(entry.Type);
        foreach (var size in entry.Shape)
        {
            bytes *= (ulong)size;
            if (bytes > long.MaxValue)
                throw Broken($"tensor \"{name}\" of shape [{string.Join(", ", entry.Shape)}] is larger than any file");
        }

        if (entry.Begin > entry.End || (UInt128)(entry.End - entry.Begin) != bytes)
        {
            throw Broken($"tensor \"{name}\" of shape [{string.Join(", ", entry.Shape)}] needs {bytes} bytes, " +
                $"but its offsets are {entry.Begin} to {entry.End}");
        }
    }

    /// <summary>Tensors must lie one after the other, without gap or overlap, and fill the data section.</summary>
    private void CheckLayout(long dataBytes)
    {
        var position = 0L;
        foreach (var (name, entry) in entries.OrderBy(pair => pair.Value.Begin).ThenBy(pair => pair.Value.End))
        {
            if (entry.Begin != position)
                throw Broken($"tensor \"{name}\" begins at byte {entry.Begin}, but the one before it ends at {position}");
            position = entry.End;
        }

        if (position != dataBytes)
            throw Broken($"the tensors end at byte {position}, but the data section has {dataBytes} bytes");
    }

    /// <summary>Reads one token: true if it is <paramref name="wanted"/>, false if <paramref name="end"/>.</summary>
    private bool Next(ref Utf8JsonReader reader, JsonTokenType end, JsonTokenType wanted)
    {
        if (reader.Read() && (reader.TokenType == end || reader.TokenType == wanted))
            return reader.TokenType == wanted;
        throw Broken($"at byte {8 + reader.TokenStartIndex} there is {reader.TokenType}, expected {wanted} or {end}");
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType wanted, string name)
    {
        if (!reader.Read() || reader.TokenType != wanted)
            throw Broken($"entry \"{name}\" has {reader.TokenType} at byte {8 + reader.TokenStartIndex}, where {wanted} is expected");
    }

    private CheckpointException Broken(string fault, Exception? inner = null) =>
        new($"{path}: {fault}. The file is damaged or no safetensors file: fetch or write it again.", inner);
}
