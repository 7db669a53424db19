using System.Globalization;
using System.IO.Hashing;
using System.Text;
using SpectralEarth.Storage;

namespace SpectralEarth.Checkpoints.SafeTensors;

/// <summary>
/// XXH3 of what a safetensors header says, whatever its spelling: all metadata but the two checksums, and name, type, shape and place of
/// every tensor.
/// </summary>
internal static class HeaderChecksum
{
    /// <summary>Metadata key of the checksum, 16 hexadecimal digits; files of other programs have none.</summary>
    internal const string Key = "spectralearth.header_checksum";

    /// <summary>Checksum of metadata and tensors in ordinal order of their keys; each text ends with a zero byte.</summary>
    internal static string Of(IEnumerable<KeyValuePair<string, string>> metadata, IEnumerable<KeyValuePair<string, TensorEntry>> tensors)
    {
        var hash = new XxHash3();
        foreach (var (key, value) in metadata.Where(pair => pair.Key is not (Key or SafeTensorsFile.ChecksumKey)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Append(hash, key, value);
        foreach (var (name, tensor) in tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Append(hash, name, NumberType.Name(tensor.Type), string.Join(',', tensor.Shape),
                string.Create(CultureInfo.InvariantCulture, $"{tensor.Begin}-{tensor.End}"));
        }

        return Checksum.ToText(hash.GetCurrentHashAsUInt64());
    }

    private static void Append(XxHash3 hash, params ReadOnlySpan<string> texts)
    {
        foreach (var text in texts)
            hash.Append(Encoding.UTF8.GetBytes(text + "\0"));
    }
}
