using SpectralEarth.Checkpoints.SafeTensors;

namespace SpectralEarth.Checkpoints;

/// <summary>What a file of weights holds, for <c>inspect</c>.</summary>
public sealed record CheckpointReport
{
    private static readonly string[] Suffixes = [".safetensors", ShardedSafeTensors.IndexSuffix, ".pth", ".pt", ".ckpt", ".bin"];

    /// <summary>File that was read.</summary>
    public required string Path { get; init; }

    /// <summary>Format of the file.</summary>
    public required string Format { get; init; }

    /// <summary>Bytes of the file, or of all files of an index.</summary>
    public required long Bytes { get; init; }

    /// <summary>XXH3 of the data section where the file keeps it (verified), else of the whole file; 16 hexadecimal digits.</summary>
    public required string Checksum { get; init; }

    /// <summary>"data, verified" or "file".</summary>
    public required string ChecksumOf { get; init; }

    /// <summary>What the model is, if the file describes it.</summary>
    public required ModelDescription? Description { get; init; }

    /// <summary>Text of the run's recipe.yaml, if the file lies in a run folder.</summary>
    public required string? Recipe { get; init; }

    /// <summary>Plain values beside the tensors, the description left out.</summary>
    public required IReadOnlyDictionary<string, string> Values { get; init; }

    /// <summary>Tensors, numbers and bytes per part; shared numbers count once.</summary>
    public required IReadOnlyList<PartSize> Parts { get; init; }

    /// <summary>All tensors in ordinal order.</summary>
    public required IReadOnlyList<TensorRow> Tensors { get; init; }

    /// <summary>True if <paramref name="path"/> is a file named as weights are, a run folder, or a folder of weights, and not a scene.</summary>
    public static bool Concerns(string path) =>
        (File.Exists(path) && Suffixes.Any(suffix => path.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))) || (Directory.Exists(path) && (CheckpointFile.Find(path) ?? FolderWeights(path)) is not null);

    /// <summary>Reads a file, the newest or best checkpoint of a run folder, or the weights of a Hugging Face folder.</summary>
    /// <exception cref="CheckpointException">There are no weights, or the file is unusable or damaged.</exception>
    public static CheckpointReport Of(string path)
    {
        using var file = Open(path);
        var (checksum, of) = ChecksumOfFile(file);
        var rows = file.Names.Select(name => new TensorRow(
            name, ReferenceNames.Locate(name).Part, NumberType.Name(file.Type(name)), file.Shape(name), file.Shape(name).Aggregate(1L, (count, size) => count * size))).ToArray();
        return new CheckpointReport
        {
            Path = file.Path,
            Format = file.Format,
            Bytes = file.Names.Select(name => file.Place(name).File).Append(file.Path).Distinct().Sum(part => new FileInfo(part).Length),
            Checksum = checksum,
            ChecksumOf = of,
            Description = file.Metadata.ContainsKey(ModelDescription.MetadataKey) ? CheckpointFile.Describe(file) : null,
            Recipe = RunRecords.Of(file.Path).Recipe,
            Values = file.Metadata.Where(pair => pair.Key is not (ModelDescription.MetadataKey or SafeTensorsFile.ChecksumKey or HeaderChecksum.Key)).ToDictionary(),
            Parts = [.. rows.GroupBy(row => row.Part).OrderBy(part => part.Key).Select(part => Size(file, part.Key, [.. part]))],
            Tensors = rows,
        };
    }

    /// <summary>Opens what <see cref="Of"/> reports on.</summary>
    internal static WeightFile Open(string path) =>
        WeightFile.Open(Directory.Exists(path) && CheckpointFile.Find(path) is null && FolderWeights(path) is { } weights ? weights : CheckpointFile.Resolve(path));

    private static string? FolderWeights(string folder) =>
        new[] { "model" + ShardedSafeTensors.IndexSuffix, "model.safetensors" }.Select(name => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static (string Checksum, string Of) ChecksumOfFile(WeightFile file)
    {
        file.VerifyChecksums();
        return file is SafeTensorsFile && file.Metadata.TryGetValue(SafeTensorsFile.ChecksumKey, out var checksum)
            ? (checksum, "data, verified")
            : (Storage.Checksum.ToText(Storage.Checksum.OfFile(file.Path)), "file");
    }

    private static PartSize Size(WeightFile file, WeightPart part, TensorRow[] rows)
    {
        var distinct = rows.DistinctBy(row => (file.Place(row.Name), row.Numbers)).ToArray();
        return new PartSize(part, rows.Length, distinct.Sum(row => row.Numbers), distinct.Sum(row => row.Numbers * NumberType.Bytes(file.Type(row.Name))));
    }
}

/// <summary>Size of one part of a checkpoint.</summary>
/// <param name="Part">Part.</param>
/// <param name="Tensors">Names.</param>
/// <param name="Numbers">Numbers, shared ones counted once.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record PartSize(WeightPart Part, int Tensors, long Numbers, long Bytes);

/// <summary>One tensor of a checkpoint.</summary>
/// <param name="Name">Name in the file.</param>
/// <param name="Part">What it belongs to.</param>
/// <param name="Type">Number type, as safetensors calls it.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Numbers">Count of numbers.</param>
public sealed record TensorRow(string Name, WeightPart Part, string Type, IReadOnlyList<long> Shape, long Numbers);
