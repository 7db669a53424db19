using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SpectralEarth.Storage;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints.SafeTensors;

/// <summary>Writes safetensors: wide numbers first, then by name, so that every tensor is aligned and the order is fixed.</summary>
internal static class SafeTensorsWriter
{
    private const int Alignment = 64;
    private static readonly string NoChecksum = new('0', 16);

    internal static void Write(Stream stream, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var ordered = tensors.OrderByDescending(pair => NumberType.Bytes(pair.Value.dtype))
            .ThenBy(pair => pair.Key, StringComparer.Ordinal).ToArray();
        var header = Header(ordered, metadata);
        var padded = (header.Length + 8 + Alignment - 1) / Alignment * Alignment;
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, padded - 8);
        stream.Write(length);
        stream.Write(header);
        stream.Write(Encoding.ASCII.GetBytes(new string(' ', padded - 8 - header.Length)));

        var hash = new XxHash3();
        foreach (var (_, tensor) in ordered)
            TensorBytes.ForEachPart(tensor, part => Append(stream, hash, part));

        stream.Position = 8 + ChecksumPosition(header);
        stream.Write(Encoding.ASCII.GetBytes(Checksum.ToText(hash.GetCurrentHashAsUInt64())));
        stream.Position = stream.Length;
    }

    private static void Append(Stream stream, XxHash3 hash, ReadOnlySpan<byte> bytes)
    {
        hash.Append(bytes);
        stream.Write(bytes);
    }

    private static byte[] Header(IReadOnlyList<KeyValuePair<string, Tensor>> ordered, IReadOnlyDictionary<string, string> metadata)
    {
        var entries = Places(ordered);
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString(SafeTensorsFile.ChecksumKey, NoChecksum);
            json.WriteString(HeaderChecksum.Key, HeaderChecksum.Of(metadata, entries));
            foreach (var (key, value) in metadata.Where(pair => pair.Key is not (SafeTensorsFile.ChecksumKey or HeaderChecksum.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
                json.WriteString(key, value);
            json.WriteEndObject();
            foreach (var (name, entry) in entries)
                WriteEntry(json, name, entry);
            json.WriteEndObject();
        }

        return text.ToArray();
    }

    /// <summary>Where the tensors lie, one after the other.</summary>
    private static List<KeyValuePair<string, TensorEntry>> Places(IReadOnlyList<KeyValuePair<string, Tensor>> ordered)
    {
        var entries = new List<KeyValuePair<string, TensorEntry>>();
        var position = 0L;
        foreach (var (name, tensor) in ordered)
        {
            var end = position + (tensor.NumberOfElements * NumberType.Bytes(tensor.dtype));
            entries.Add(new(name, new TensorEntry(tensor.dtype, tensor.shape, position, end)));
            position = end;
        }

        return entries;
    }

    private static void WriteEntry(Utf8JsonWriter json, string name, TensorEntry entry)
    {
        json.WriteStartObject(name);
        json.WriteString("dtype", NumberType.Name(entry.Type));
        json.WriteStartArray("shape");
        foreach (var size in entry.Shape)
            json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(entry.Begin);
        json.WriteNumberValue(entry.End);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The checksum of the data is the first value of the metadata; it is filled in when the data have been written.</summary>
    private static int ChecksumPosition(ReadOnlySpan<byte> header) =>
        header.IndexOf(Encoding.ASCII.GetBytes(NoChecksum));
}
