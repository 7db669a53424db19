using System.Text.Json;
using System.Text.RegularExpressions;
using SpectralEarth.Checkpoints.SafeTensors;
using SpectralEarth.Storage;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints;

/// <summary>
/// Weights spread over several safetensors files, with an index (<c>model.safetensors.index.json</c>) that names the file of
/// each tensor, as Hugging Face's libraries write and read them.
/// </summary>
internal sealed partial class ShardedSafeTensors : WeightFile
{
    /// <summary>End of an index file's name.</summary>
    public const string IndexSuffix = ".safetensors.index.json";

    private const int MostIndexBytes = 1 << 26;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly IReadOnlyList<SafeTensorsFile> shards;

    private ShardedSafeTensors(string path, IReadOnlyDictionary<string, StoredTensor> tensors, IReadOnlyList<SafeTensorsFile> shards)
        : base(path, $"safetensors in {shards.Count} files", tensors, shards[0].Metadata) => this.shards = shards;

    /// <summary>Opens all files that an index names; they lie beside it.</summary>
    /// <exception cref="CheckpointException">A file is missing or broken, or the files do not hold exactly the tensors of the index.</exception>
    public static new ShardedSafeTensors Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        var places = ReadIndex(full);
        var shards = new List<SafeTensorsFile>();
        try
        {
            var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
            foreach (var group in places.GroupBy(place => place.Value, place => place.Key).OrderBy(group => group.Key, StringComparer.Ordinal))
            {
                var shard = SafeTensorsFile.Open(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(full)!, group.Key));
                shards.Add(shard);
                var differing = shard.Names.Except(group).Concat(group.Except(shard.Names)).FirstOrDefault();
                if (differing is not null)
                    throw new CheckpointException($"{full}: tensor \"{differing}\" is not in {group.Key} and the index alike. Fetch all files again.");
                foreach (var name in group)
                    tensors.Add(name, shard.Entry(name));
            }

            return new ShardedSafeTensors(full, tensors, shards);
        }
        catch
        {
            shards.ForEach(shard => shard.Dispose());
            throw;
        }
    }

    /// <summary>
    /// Writes <c>model.safetensors</c> into a folder, or, if the tensors have more than <paramref name="mostBytes"/>, files of at
    /// most so many (a larger tensor has a file of its own) and their index.
    /// </summary>
    /// <returns>Files written.</returns>
    /// <exception cref="IOException">The folder cannot be written to or the disk is full.</exception>
    public static IReadOnlyList<string> Write(
        string folder, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string> metadata, long mostBytes)
    {
        var groups = Split(tensors, mostBytes);
        if (groups.Count == 1)
        {
            var single = System.IO.Path.Combine(folder, "model.safetensors");
            SafeTensorsFile.Write(single, tensors, metadata);
            return [single];
        }

        var files = groups.Select((_, k) => FormattableString.Invariant($"model-{k + 1:D5}-of-{groups.Count:D5}.safetensors")).ToArray();
        foreach (var (file, group) in files.Zip(groups))
            SafeTensorsFile.Write(System.IO.Path.Combine(folder, file), group, metadata);
        var index = System.IO.Path.Combine(folder, "model" + IndexSuffix);
        AtomicFile.WriteText(index, JsonSerializer.Serialize(
            new
            {
                metadata = new { total_size = tensors.Values.Sum(Bytes) },
                weight_map = files.Zip(groups).SelectMany(pair => pair.Second.Keys.Select(name => (name, pair.First)))
                    .OrderBy(pair => pair.name, StringComparer.Ordinal).ToDictionary(pair => pair.name, pair => pair.First),
            },
            Indented));
        return [.. files.Select(file => System.IO.Path.Combine(folder, file)), index];
    }

    /// <summary>True for names that <see cref="Write"/> gives its files.</summary>
    internal static bool IsOwn(string path) => OwnName().IsMatch(System.IO.Path.GetFileName(path));

    /// <inheritdoc/>
    public override void VerifyChecksums()
    {
        foreach (var shard in shards)
            shard.VerifyChecksums();
    }

    private protected override void Close()
    {
        foreach (var shard in shards)
            shard.Dispose();
    }

    private static Dictionary<string, string> ReadIndex(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > MostIndexBytes)
            throw new CheckpointException($"{path}: there is no such index, or it has more than {MostIndexBytes} bytes. Give a {IndexSuffix} file.");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
            var map = document.RootElement.GetProperty("weight_map").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString() ?? "");
            var foreign = map.FirstOrDefault(entry => entry.Value.Length == 0 || entry.Value != System.IO.Path.GetFileName(entry.Value));
            if (foreign.Key is not null)
                throw new CheckpointException($"{path}: tensor \"{foreign.Key}\" is said to lie in \"{foreign.Value}\", which is no file name. Files lie beside the index.");
            return map.Count > 0 ? map : throw new CheckpointException($"{path}: entry \"weight_map\" is empty. Fetch the file again.");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new CheckpointException($"{path}: entry \"weight_map\" (tensor to file) cannot be read: {error.Message} Fetch the file again.", error);
        }
    }

    private static List<Dictionary<string, Tensor>> Split(IReadOnlyDictionary<string, Tensor> tensors, long mostBytes)
    {
        var groups = new List<Dictionary<string, Tensor>> { new() };
        var bytes = 0L;
        foreach (var (name, tensor) in tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (groups[^1].Count > 0 && bytes + Bytes(tensor) > mostBytes)
            {
                groups.Add([]);
                bytes = 0;
            }

            groups[^1].Add(name, tensor);
            bytes += Bytes(tensor);
        }

        return groups;
    }

    [GeneratedRegex(@"^model(-\d{5}-of-\d{5})?\.safetensors$|^model\.safetensors\.index\.json$")]
    private static partial Regex OwnName();

    private static long Bytes(Tensor tensor) => tensor.NumberOfElements * NumberType.Bytes(tensor.dtype);
}
